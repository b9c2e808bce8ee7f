"""Logits on the host, beside those of the fabric, and the largest ones again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgesdk.decoder.rescoring import largest, rescore
from edgesdk.errors import VerificationMismatch
from edgesdk_backends.fpga.driver.accelerator import Accelerator
from edgesdk_backends.fpga.head.host import HostHead
from edgesdk_backends.fpga.weights.head_rows import quantised_rows
from tests.backends_fpga.device.opened import drawn, opened, packed
from tests.decoder.models import random_model


@pytest.mark.parametrize("vocabulary", [1, 15, 16, 33, 96])
@pytest.mark.parametrize("hidden", [16, 80, 256])
@pytest.mark.parametrize("threads", [1, 3])
def test_the_host_s_head_is_an_exact_sum(vocabulary: int, hidden: int, threads: int) -> None:
    random = np.random.default_rng(vocabulary + hidden)
    rows, scales = quantised_rows(random.normal(size=(vocabulary, hidden)))
    state = random.normal(size=hidden).astype(np.float32)
    most = np.abs(state).max()
    codes = np.rint(state * (np.float32(127 * 128) / most)).astype(np.int64)
    sums = rows[:, :hidden].astype(np.int64) @ codes
    head = HostHead(rows, hidden, scales, threads)
    found = head.logits(state)
    head.close()
    wanted = sums * (most / np.float64(127 * 128)) * scales
    np.testing.assert_allclose(found, wanted, rtol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_state_that_is_no_number_stays_visible(value: float) -> None:
    rows, scales = quantised_rows(np.ones((20, 32), np.float32))
    state = np.ones(32, np.float32)
    state[7] = value
    logits = HostHead(rows, 32, scales).logits(state)
    assert np.isnan(logits).all()
    rescore(logits, state, np.ones((20, 32), np.float32), 4)
    assert np.isnan(logits).all()


def test_logits_beyond_float32_are_infinite() -> None:
    logits, state = np.array([1, 2, 3], np.float32), np.full(4, 1e30, np.float32)
    rescore(logits, state, np.full((3, 4), 1e30, np.float32), 1)
    assert logits.tolist() == [1, 2, np.inf]


@pytest.mark.parametrize("head", ["fabric", "host"])
@pytest.mark.parametrize("rescored", [0, 4])
def test_states_that_are_no_numbers_are_refused(
    monkeypatch: pytest.MonkeyPatch, head: str, rescored: int
) -> None:
    """As an accelerator that computes wrongly gives them."""
    with opened(packed(random_model(3)), head=head, rescore=rescored) as session:
        wanted = session.prefill(drawn(5))
        session.rewind(0)
        right = Accelerator.forward

        def wrong(self: Accelerator, embeddings: Any, start: int, logits: Any) -> Any:
            states = right(self, embeddings, start, logits)
            states[:], logits[:] = np.nan, np.nan
            return states

        monkeypatch.setattr(Accelerator, "forward", wrong)
        with pytest.raises(VerificationMismatch) as caught:
            session.prefill(drawn(5))
        assert caught.value.id == "EDGE-0765"
        monkeypatch.undo()
        assert np.array_equal(session.prefill(drawn(5)), wanted)


def test_a_state_of_zeros() -> None:
    rows, scales = quantised_rows(np.ones((20, 32), np.float32))
    assert not HostHead(rows, 32, scales).logits(np.zeros(32, np.float32)).any()


@pytest.mark.parametrize("sizes", [{}, {"vocabulary": 37, "hidden": 80, "heads": 5, "kv_heads": 1}])
@pytest.mark.parametrize("tied", [True, False])
def test_host_and_fabric_agree_to_rounding(sizes: dict[str, Any], tied: bool) -> None:
    content = packed(random_model(3, tied=tied, **sizes))
    tokens = drawn(20, sizes.get("vocabulary", 96))
    with opened(content, head="fabric") as session:
        assert session.head == "fabric"
        fabric = session.prefill(tokens, every=True)
    with opened(content, head="host") as session:
        assert session.head == "host"
        host = session.prefill(tokens, every=True)
    # Each rounds an activation to a step of 1/16000 of the largest one; up to 80 of them add up.
    assert np.abs(fabric - host).max() < 1e-3 * fabric.std()
    assert not np.array_equal(fabric, host)


def test_the_largest_and_the_lowest_of_equal_ones() -> None:
    logits = np.array([1, 5, 3, 5, 3, 3, 0], np.float32)
    assert largest(logits, 3).tolist() == [1, 3, 2]
    assert sorted(largest(logits, 99).tolist()) == list(range(7))
    assert sorted(largest(np.zeros(9, np.float32), 4).tolist()) == [0, 1, 2, 3]


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_rescoring_gives_the_float_logits(dtype: Any) -> None:
    random = np.random.default_rng(1)
    table = random.normal(size=(50, 32)).astype(dtype)
    state = random.normal(size=32).astype(np.float32)
    exact = (table.astype(np.float64) @ state).astype(np.float32)
    logits = exact + random.normal(size=50).astype(np.float32) * np.float32(1e-3)
    rough = logits.copy()
    rescore(logits, state, table, 5)
    best = np.argsort(-rough)[:5]
    assert np.array_equal(logits[best], exact[best])
    rest = np.argsort(-rough)[5:]
    assert np.array_equal(logits[rest], rough[rest])
    rescore(rough, state, table, 0)
    assert not np.array_equal(rough, logits)


def test_rescored_logits_are_the_embedding_s(content: bytes) -> None:
    tokens = drawn(5)
    with opened(content, rescore=96) as session:
        exact = session.prefill(tokens)
    with opened(content, rescore=96, head="host") as session:
        assert np.array_equal(session.prefill(tokens), exact)


@pytest.fixture(scope="module")
def content() -> bytes:
    return packed(random_model(3))
