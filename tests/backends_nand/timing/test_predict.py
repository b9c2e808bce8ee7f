"""What ``edgesdk predict`` answers for flash, and what it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from edgesdk.address import Address
from edgesdk.errors import ModelRefused, UsageError
from edgesdk.predict import DECODE, PREFILL, Prediction, predict
from edgesdk.predict.model import Subject, named_shape
from edgesdk_backends.nand.design.preset import preset_names, read_preset
from edgesdk_backends.nand.options import prediction_target
from edgesdk_backends.nand.timing.published import (
    RATES,
)
from edgesdk_backends.nand.timing.token import token_schedule
from edgesdk_backends.nand.workload.decoder import workload


def _predicted(model: str | Subject, preset: str = "cambricon-l", **options: str) -> Prediction:
    subject = named_shape(model) if isinstance(model, str) else model
    return predict(subject, f"nand:{preset}", options, prompts=(16,), contexts=(1000,))


def test_expected_is_the_schedule() -> None:
    """The parts of a phase add up to the token, and best and worst are around it."""
    phase = _predicted("llama-2-70b").phases[0]
    design = read_preset("cambricon-l").design
    schedule = token_schedule(design, workload(named_shape("llama-2-70b").shape), 1000)
    assert phase.seconds.expected == pytest.approx(schedule.seconds)
    assert phase.seconds.best < phase.seconds.expected < phase.seconds.worst
    assert [term.name for term in phase.terms] == [
        "attention_input",
        "attention",
        "attention_output",
        "feed_forward_input",
        "feed_forward_output",
        "head",
    ]


@pytest.mark.parametrize("preset", preset_names())
@pytest.mark.parametrize("model", ["opt-6.7b", "llama-3-8b", "bitnet-2b4t", "mixtral-8x7b"])
def test_nothing_exceeds_its_ceiling(preset: str, model: str) -> None:
    found = _predicted(model, preset)
    assert [phase.name for phase in found.phases] == [DECODE, PREFILL]
    for phase in found.phases:
        assert phase.rate.best <= phase.ceiling * (1 + 1e-9)
        assert phase.joules is not None
        assert phase.joules.best <= phase.joules.expected <= phase.joules.worst
        for resource in phase.occupancy:
            assert resource.busy + sum(resource.idle.values()) == pytest.approx(1)
            assert 0 <= resource.busy <= 1 + 1e-9
    assert found.fits


def test_energy_of_parts_adds_up() -> None:
    for phase in _predicted("opt-13b", "cambricon-s").phases:
        parts = [row.value for row in phase.quantities if row.name.startswith("energy")]
        assert phase.joules is not None
        assert sum(parts) == pytest.approx(phase.joules.expected)


def test_both_conventions_of_wear_stand_beside_a_token() -> None:
    phase = _predicted("llama-2-70b", "cambricon-l").phases[0]
    rows = {row.name: row.value for row in phase.quantities}
    pages = read_preset("cambricon-l").design.pages
    ratio = rows["life, reads by iteration"] / rows["life, reads by block"]
    assert ratio == pytest.approx(pages)


def test_known_parameters_have_no_range() -> None:
    """An option is known: what it gives is not moved in the best and worst cases."""
    wide = _predicted("llama-2-7b").phases[0].seconds
    given = {
        "slices": "4",
        "core_gmacs": "0.8",
        "result_bytes": "2",
        "npu_special_gops": "16",
        "dram_gb_s": "40",
        "cache_bytes": "1",
    }
    same = _predicted("llama-2-7b", **given).phases[0].seconds
    assert same.expected == wide.expected
    assert wide.worst > wide.expected
    changed = {**given, "dram_gb_s": "39", "cache_bytes": "2", "result_bytes": "1"}
    narrow = _predicted("llama-2-7b", **changed).phases[0]
    attention = next(term for term in narrow.terms if term.name == "attention")
    assert attention.seconds.best == attention.seconds.expected


@pytest.mark.parametrize("preset", RATES)
def test_published_rates_stand_beside_their_models(preset: str) -> None:
    published = _predicted("opt-6.7b", preset).phases[0].published
    assert [figure.value for figure in published] == [RATES[preset][0]]
    assert not _predicted("opt-6.7b", preset, channels="4").phases[0].published
    assert not _predicted("opt-6.7b", preset, weights="w4a16").phases[0].published
    assert not _predicted("llama-3-8b", preset).phases[0].published


def test_settings_say_what_took_effect() -> None:
    found = _predicted("llama-2-7b", slicing="no", weights="w4a16", kv="full")
    assert found.settings == {
        "preset": "cambricon-l",
        "weights": "w4a16",
        "kv": "full",
        "slicing": "no",
    }
    assert any("kv=full" in note for note in found.notes)


def test_ternary_models_are_ternary_unless_told() -> None:
    subject = named_shape("bitnet-2b4t")
    assert subject.ternary
    assert _predicted(subject).settings["weights"] == "ternary"
    assert _predicted(subject, weights="w8a8").settings["weights"] == "w8a8"
    assert _predicted("opt-6.7b").settings["weights"] == "w8a8"


def test_a_bundle_is_predicted_as_it_was_compiled() -> None:
    subject = replace(
        named_shape("opt-6.7b"), target="nand:cambricon-s", options={"weights": "w4a16"}
    )
    assert _predicted(subject).settings["weights"] == "w4a16"
    assert _predicted(subject, weights="ternary").settings["weights"] == "ternary"
    other = "weights=w8a8: the bundle was compiled with weights=w4a16"
    assert other in _predicted(subject, weights="w8a8").notes
    assert other not in _predicted(subject).notes


def test_a_model_that_is_not_ternary_is_told_so() -> None:
    notes = _predicted("opt-6.7b", weights="ternary").notes
    assert [note for note in notes if note.startswith("weights=ternary: as if")]
    assert not [note for note in _predicted("bitnet-2b4t").notes if "as if" in note]


def test_experts_are_reported() -> None:
    found = _predicted("mixtral-8x7b", experts_hit="0.5", dram_gb="64")
    names = {row.name for row in found.phases[0].quantities}
    assert {"experts missed", "experts from DRAM", "flash traffic"} <= names
    assert any("experts" in note for note in found.notes)


def test_a_sliding_window_is_named() -> None:
    subject = named_shape("opt-6.7b")
    windowed = replace(subject, shape=replace(subject.shape, window=512))
    assert any("sliding window of 512" in note for note in _predicted(windowed).notes)
    assert not any("sliding" in note for note in _predicted(subject).notes)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"blocks": "1", "pages": "64", "spare_blocks": "0", "factory_bad": "0"}, "EDGE-02240"),
        ({"dram_gb": "0.1"}, "EDGE-02241"),
        ({"weight": "w8a8"}, "EDGE-02242"),
        ({"kv": "half"}, "EDGE-02242"),
        ({"weights": "w2a2"}, "EDGE-02242"),
    ],
)
def test_refusals(options: Mapping[str, str], error: str) -> None:
    with pytest.raises(UsageError) as caught:
        _predicted("opt-66b", **options)
    assert caught.value.id == error
    assert caught.value.evidence
    assert caught.value.next_step


def test_a_target_is_one_device() -> None:
    with pytest.raises(UsageError) as caught:
        predict(named_shape("opt-6.7b"), "nand:cambricon-l", {"preset": "cambricon-s"})
    assert caught.value.id == "EDGE-02243"


def test_a_model_larger_than_the_flash_is_told_with_numbers() -> None:
    with pytest.raises(ModelRefused, match="larger than the flash") as caught:
        _predicted("llama-2-70b", "cambricon-s", blocks="32")
    assert "pages" in caught.value.evidence
    assert "GB" in caught.value.evidence


def test_addresses_say_their_target_and_options() -> None:
    found = prediction_target(
        Address.parse("emu:nand?preset=cambricon-s&channels=16&state=/tmp/x&rber=1e-4&seed=3")
    )
    assert found.target == "nand:cambricon-s"
    assert found.options == {"preset": "cambricon-s", "channels": "16"}
    assert found.apart == ("state", "rber", "seed")
    assert prediction_target(Address.parse("emu:nand")).target == "nand:cambricon-l"


@pytest.mark.parametrize(
    ("wrong", "identity"),
    [
        ("fault=xyz", "EDGE-02255"),
        ("results=bogus", "EDGE-02279"),
        ("context=0", "EDGE-02279"),
        ("correction=zzz", "EDGE-02261"),
        ("seed=-4", "EDGE-02261"),
        ("rber=banana", "EDGE-02261"),
        ("rber=1e-4&cycles=5", "EDGE-02262"),
        ("copies=2", "EDGE-02283"),
    ],
)
def test_what_a_prediction_does_not_need_must_be_right_too(wrong: str, identity: str) -> None:
    with pytest.raises(UsageError) as caught:
        prediction_target(Address.parse(f"emu:nand?{wrong}"))
    assert caught.value.id == identity


def test_a_preset_of_ones_own_is_its_target(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'extends = "cambricon-s"\n[design]\nchannels = { value = 16, source = "a plan" }\n'
    )
    place = prediction_target(Address.parse(f"emu:nand?preset={path}"))
    assert place.target == "nand:mine"
    subject = named_shape("opt-6.7b")
    found = predict(subject, place.target, place.options, prompts=(8,), contexts=(1000,))
    stock = _predicted("opt-6.7b", "cambricon-s").phases[0]
    assert found.phases[0].rate.expected > 1.5 * stock.rate.expected
    assert not found.phases[0].published


def test_every_mistake_of_an_address_is_refused() -> None:
    """What is no option of the device is kept, so that reading it refuses it."""
    options = prediction_target(Address.parse("emu:nand?chanels=16")).options
    with pytest.raises(UsageError) as caught:
        predict(named_shape("opt-6.7b"), "nand:cambricon-l", options, contexts=(10,))
    assert caught.value.id == "EDGE-02242"
    assert "channels" in caught.value.evidence
