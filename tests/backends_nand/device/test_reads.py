"""How often pages are read, and with what noise: the speed of this machine has no part in it."""

from __future__ import annotations

from itertools import count
from types import SimpleNamespace

import numpy as np
import pytest

import edgesdk
from edgesdk.bundle import Bundle
from tests.backends_nand.device.deployed import ADDRESS, deploy

TOKENS = np.arange(60, dtype=np.int32)


def prompted(
    address: str, step_seconds: float, patch: pytest.MonkeyPatch
) -> tuple[np.ndarray, float]:
    """The logits of a prompt on a machine whose steps take so long, and reads of each page."""
    ticks = count()
    clock = SimpleNamespace(perf_counter=lambda: next(ticks) * step_seconds)
    with edgesdk.connect(address) as device, patch.context() as patched:
        patched.setattr("edgesdk.decoder.block_session.time", clock)
        before = device.log().counters["reads"]
        with device.open("m") as session:
            logits = session.prefill(TOKENS, every=True)
            pages = session.figures()["flash_pages"].value
        return logits, (device.log().counters["reads"] - before) / pages


@pytest.mark.parametrize("errors", ["", "&noise=1e-3&seed=1", "&rber=1e-4"])
def test_a_fast_machine_and_a_slow_one_say_the_same(
    old: Bundle, errors: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploy(old)
    fast, fast_reads = prompted(ADDRESS + errors, 1e-9, monkeypatch)
    slow, slow_reads = prompted(ADDRESS + errors, 10, monkeypatch)
    assert np.array_equal(fast, slow)
    assert fast_reads == slow_reads == 4  # of 16 tokens each
