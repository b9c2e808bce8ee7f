"""A session over flash: the same numbers however they are asked for, and honest figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import edgesdk
from edgesdk.bundle import Bundle
from edgesdk.errors import DoesNotFit, UsageError
from edgesdk.formats.bitnet.writer import write_bitnet_folder
from edgesdk.predict import predict
from edgesdk.predict.model import read_subject
from edgesdk_backends.nand import backend
from tests.backends_nand.device.deployed import ADDRESS, PROMPT, TARGET, deploy
from tests.decoder.models import random_model
from tests.models.llama2c_random import random_llama2c


@pytest.mark.parametrize("weights", ["w8a8", "w4a16"])
@pytest.mark.parametrize("cache", ["float16", "int8"])
def test_blocks_of_any_size_give_the_same_logits(
    user_folder: Path, weights: str, cache: str
) -> None:
    source = user_folder / "m.bin"
    source.write_bytes(random_llama2c(3))
    tokens = np.arange(40, dtype=np.int32)
    options = {"weights": weights, "cache": cache}
    with (
        edgesdk.compile(source, "nand:cambricon-s", vectors=1, options=options) as bundle,
        edgesdk.connect(ADDRESS) as device,
        device.open_bundle(bundle) as session,
    ):
        whole = session.prefill(tokens, every=True)
        session.rewind(0)
        assert np.array_equal(whole, np.stack([session.decode(int(token)) for token in tokens]))
        session.rewind(7)
        assert np.array_equal(session.prefill(tokens[7:], every=True), whole[7:])
        assert device.models() == ()


def test_figures_say_how_they_were_obtained(old: Bundle) -> None:
    deploy(old)
    with edgesdk.connect(ADDRESS) as device, device.open("m") as session:
        session.run({"tokens": PROMPT})
        figures = session.figures()
        position = session.position
    assert "the emulator" in figures["decode_rate"].note
    assert figures["flash_pages"].how == "counted"
    modelled = figures["device_decode"]
    assert modelled.how == "modelled"
    assert figures["device_decode_rate"].value == pytest.approx(1 / modelled.value)
    assert f"after {position} positions" in modelled.note
    assert figures["energy"].value > 0


def test_the_modelled_time_is_the_predictions_own(old: Bundle, made: Path) -> None:
    deploy(old)
    with edgesdk.connect(ADDRESS) as device, device.open("m") as session:
        session.prefill(PROMPT)
        told = session.figures()["device_decode"].value
    [phase] = [
        phase
        for phase in predict(
            read_subject(str(made / "1.0.0.edge")), "nand:cambricon-s", prompts=(1,), contexts=(3,)
        ).phases
        if phase.name == "decode"
    ]
    assert told == pytest.approx(phase.seconds.expected, rel=1e-6)


def test_the_shape_of_a_bundle(old: Bundle) -> None:
    config = backend.shape(old)
    assert (config.layers, config.hidden, config.vocabulary) == (2, 64, 96)


def test_a_context_of_the_address(old: Bundle) -> None:
    deploy(old)
    with edgesdk.connect(f"{ADDRESS}&context=8") as device:
        with device.open("m") as session:
            assert session.context == 8
            with pytest.raises(UsageError):
                session.prefill(range(9))
        edgesdk.deploy(old, device)  # which proves all of the model's context
        with pytest.raises(UsageError):
            device.open("m").run({"tokens": PROMPT})
    with edgesdk.connect(f"{ADDRESS}&context=4096") as device, pytest.raises(UsageError):
        device.open("m")


def test_a_faster_design_takes_less_and_computes_the_same(old: Bundle) -> None:
    deploy(old)
    found = {}
    for read_us in ("60", "30"):
        address = f"{ADDRESS}&read_us={read_us}"
        with edgesdk.connect(address) as device, device.open("m") as session:
            logits = session.prefill(PROMPT)
            found[read_us] = logits, session.figures()["device_decode"].value
    assert np.array_equal(found["60"][0], found["30"][0])
    assert found["60"][1] > found["30"][1]


def test_a_closed_session_tells_nothing(old: Bundle) -> None:
    deploy(old)
    with edgesdk.connect(ADDRESS) as device:
        session = device.open("m")
        session.prefill(PROMPT)
        for wrong in (None, 1.5, "1", -1, 4):
            with pytest.raises(UsageError) as caught:
                session.rewind(wrong)
            assert caught.value.id == "EDGE-02133"
        for wrong in (None, 3, "abc", {1: 2}):
            with pytest.raises(UsageError) as caught:
                session.prefill(wrong)
            assert caught.value.id == "EDGE-02131"
        session.close()
    for ask in (session.figures, lambda: session.position, lambda: session.decode(1)):
        with pytest.raises(UsageError):
            ask()


def test_doctor_names_kernels_and_presets() -> None:
    rows = {what: (there, told) for what, there, told in backend.doctor()}
    assert rows["emu:nand"][0]
    assert "cambricon-l" in rows["emu:nand presets"][1]


def test_the_cache_must_fit_into_the_dram(user_folder: Path) -> None:
    model = random_model(5, context=16384)
    write_bitnet_folder(user_folder / "long", model.config, model.weights)
    options = {"context": "16384"}
    with edgesdk.compile(
        user_folder / "long", TARGET, name="m", vectors=1, options=options
    ) as bundle:
        with edgesdk.connect(f"{ADDRESS}&dram_gb=0.001") as device:
            [row] = [row for row in device.check(bundle.signed).rows if row.resource == "dram"]
            assert not row.fits
            with pytest.raises(DoesNotFit) as caught:
                device.open_bundle(bundle)
        assert caught.value.id == "EDGE-0938"
        assert row.needed.split()[0] in caught.value.evidence
        address = f"{ADDRESS}&dram_gb=0.001&context=1024"
        with edgesdk.connect(address) as device, device.open_bundle(bundle) as session:
            assert session.context == 1024
