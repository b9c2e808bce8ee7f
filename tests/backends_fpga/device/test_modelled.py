"""What is told of a board that nobody has: as ``predict`` says, and no speed of the emulator's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import edgesdk
from edgesdk.bench import MEASURED, Contender, Instrumented, bench
from edgesdk.predict import DECODE, PREFILL, predict
from edgesdk.predict.model import read_subject
from tests.models.bitnet_random import random_bitnet

TARGET = "fpga:kv260"
PROMPT = np.array([1, 5, 2], np.int32)


@pytest.mark.parametrize("options", [{}, {"clock": "150", "head": "host"}], ids=str)
def test_the_bundles_clock_and_head(user_folder: Path, options: dict[str, str]) -> None:
    path = user_folder / "m.edge"
    source = random_bitnet(user_folder / "m", 22)
    edgesdk.compile(source, TARGET, output=path, name="m", vectors=1, options=options).close()
    with edgesdk.load(path, "emu:fpga") as session:
        session.run({"tokens": PROMPT})
        assert isinstance(session, Instrumented)
        figures, position = session.figures(), session.position  # type: ignore[attr-defined]
    lengths = {"contexts": [position], "prompts": [len(PROMPT)]}
    phases = predict(read_subject(str(path)), TARGET, **lengths).phases
    rates = {phase.name: phase.rate.expected for phase in phases}
    assert figures["device_decode_rate"].value == pytest.approx(rates[DECODE], rel=1e-9)
    assert figures["device_prefill_rate"].value == pytest.approx(rates[PREFILL], rel=1e-9)
    assert options.get("clock", "250") + " MHz" in figures["device_decode_rate"].note


def test_what_is_measured_is_the_emulators(user_folder: Path) -> None:
    source = random_bitnet(user_folder / "m", 22)
    with (
        edgesdk.compile(source, TARGET, name="m", vectors=1) as bundle,
        edgesdk.connect("emu:fpga") as device,
    ):
        assert device.info.emulated
        contender = Contender(
            *("m", "1.0.0", "emu:fpga", TARGET),
            lambda: device.open_bundle(bundle),
            lambda session: {"tokens": PROMPT},
            emulated=device.info.emulated,
        )
        figures = bench([contender], runs=1, warmup=0).results[0].figures
    measured = [figure for figure in figures.values() if figure.how == MEASURED]
    assert {"latency_p50", "load_time", "decode_rate"} <= figures.keys()
    assert all("no board" in figure.note for figure in measured)
