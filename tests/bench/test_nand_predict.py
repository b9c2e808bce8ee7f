"""How long a prediction takes from a ``config.json`` alone: read, asked, answered.

Times are printed and never asserted; ``make bench`` is where they are looked at.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from edgesdk.predict import Prediction, predict
from edgesdk.predict.model import read_subject
from edgesdk.predict.target import target_of
from tests.backends_nand.workload.configs import CONFIGS

ADDRESS = "emu:nand?preset=cambricon-l"
TRIES = 7


def asked(path: Path) -> Prediction:
    """All of it, the usual prompts included."""
    chosen = target_of(None, ADDRESS)
    return predict(read_subject(str(path)), chosen.target, chosen.options, contexts=(1000,))


@pytest.mark.parametrize("name", CONFIGS)
def test_from_a_config(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.json"
    path.write_text(json.dumps(CONFIGS[name]))
    times = []
    for _ in range(TRIES):
        begin = time.perf_counter()
        found = asked(path)
        times.append(time.perf_counter() - begin)
    print(
        f"\n{name}: {min(times) * 1e3:.1f} ms, the first time {times[0] * 1e3:.1f} ms; "
        f"{found.phases[0].rate.expected:.2f} tokens/s"
    )
    assert found.phases[0].at == 1000
