"""What a session tells of a device that nobody has: with the bundle's own cache, and a band."""

from __future__ import annotations

from pathlib import Path

import pytest

import edgesdk
from edgesdk.bench import MODELLED
from edgesdk.predict import DECODE, PREFILL, predict
from edgesdk.predict.model import read_subject
from edgesdk.store import bundled_source
from edgesdk_backends.nand.design.chosen import chosen_design
from edgesdk_backends.nand.memory.source import model_file
from edgesdk_backends.nand.quantise.model_file import ModelFile
from edgesdk_backends.nand.timing.modelled import modelled_figures
from tests.backends_nand.device.deployed import TARGET
from tests.backends_nand.device.models_in_ram import content_of
from tests.decoder.models import random_model
from tests.models.bitnet_random import random_bitnet

POSITIONS = 4000  # where the cache is much of a token
MODEL = random_model(22, ternary=False, context=POSITIONS)
NAMES = ("device_decode", "device_decode_rate", "energy")


@pytest.mark.parametrize("given", [{}, {"cache_bytes": "1"}, {"cache_bytes": "2"}])
def test_the_cache_is_the_models_own(given: dict[str, str]) -> None:
    chosen = chosen_design({"preset": "cambricon-s", **given})
    with (
        ModelFile.of(content_of(MODEL, "w8a8", "int8")) as narrow,
        ModelFile.of(content_of(MODEL, "w8a8")) as file,
    ):
        halves = modelled_figures(chosen, file, POSITIONS)
        bytes_ = modelled_figures(chosen, narrow, POSITIONS)
    for name in ("device_decode", "energy"):
        assert halves[name].value > bytes_[name].value
    moved = 2 * file.shape.layers * file.shape.kv_width * POSITIONS  # bytes more
    more = halves["device_decode"].value - bytes_["device_decode"].value
    assert more == pytest.approx(moved / chosen.design.dram_gb_s / 1e9, rel=0.01)


def test_figures_have_bands() -> None:
    chosen = chosen_design({"preset": "cambricon-s"})
    with ModelFile.of(content_of(MODEL, "w8a8")) as file:
        found = modelled_figures(chosen, file, 100)
    for name in NAMES:
        figure = found[name]
        assert figure.how == MODELLED
        assert figure.band is not None
        low, high = figure.band
        assert low <= figure.value <= high
        assert low < high
    seconds, rate = found["device_decode"].band, found["device_decode_rate"].band
    assert seconds is not None
    assert rate == pytest.approx((1 / seconds[1], 1 / seconds[0]))


@pytest.mark.parametrize("cache", ["float16", "int8"])
def test_a_bundle_is_predicted_with_its_own_cache(tmp_path: Path, cache: str) -> None:
    source, bundle = random_bitnet(tmp_path / "source", 22), tmp_path / "m.edge"
    settings = {"name": "m", "version": "1.0.0", "vectors": 1, "options": {"cache": cache}}
    edgesdk.compile(source, TARGET, output=bundle, **settings).close()
    subject = read_subject(str(bundle))
    found = predict(subject, TARGET, prompts=(8,), contexts=(50,))
    assert found.settings["cache_bytes"].startswith({"float16": "2", "int8": "1"}[cache])
    with edgesdk.read_bundle(bundle, None) as opened, model_file(bundled_source(opened)) as file:
        chosen = chosen_design({"preset": TARGET.removeprefix("nand:")})
        figures = modelled_figures(chosen, file, 50, prompt=8)
    rates = {phase.name: phase.rate for phase in found.phases}
    assert rates[PREFILL].expected == pytest.approx(figures["device_prefill_rate"].value)
    rate = rates[DECODE]
    low, high = figures["device_decode_rate"].band or (0.0, 0.0)
    assert rate.expected == pytest.approx(figures["device_decode_rate"].value)
    assert (rate.worst, rate.best) == pytest.approx((low, high))
