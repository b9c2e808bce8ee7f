"""The answer to ``edgesdk predict``: what it refuses, and what it says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgesdk.bench import MODELLED
from edgesdk.decoder.config import DecoderConfig
from edgesdk.errors import ModelRefused, UsageError
from edgesdk.predict import DECODE, PREFILL, Question
from edgesdk.predict.model import Subject, read_subject
from edgesdk_backends.fpga.buffers import MOST_TOKENS
from edgesdk_backends.fpga.session import FIRST_BLOCK
from edgesdk_backends.fpga.timing import streaming
from edgesdk_backends.fpga.timing.design import Streaming
from edgesdk_backends.fpga.timing.figures import modelled
from edgesdk_backends.fpga.timing.phases import Phases
from edgesdk_backends.fpga.timing.predict import predict_fpga
from edgesdk_backends.fpga.timing.profile import FOLDER, read_profile

ROOT = Path(__file__).parents[3]
LARGE = read_subject("bitnet-0.73b")


def ask(subject: Subject = LARGE, target: str = "fpga:kv260", **options: str) -> Question:
    return Question(subject, target, options, (64,), (128,))


def changed(**sizes: int) -> Subject:
    return replace(LARGE, config=replace(LARGE.config, **sizes))


@pytest.mark.parametrize(
    ("sizes", "why"),
    [
        ({"hidden": 4096}, "hidden is 4096, of at most 2560"),
        ({"intermediate": 8192}, "intermediate is 8192, of at most 6912"),
        ({"heads": 64, "kv_heads": 64}, "heads * head_size is 6144, of at most 2560"),
        ({"head_size": 160}, "head_size is 160, of at most 128"),
        ({"hidden": 2561}, "hidden is 2576, of at most 2560"),
        ({"head_size": 95}, "head_size is 95, which makes no pairs"),
    ],
)
def test_a_model_that_the_design_cannot_hold(sizes: dict[str, int], why: str) -> None:
    with pytest.raises(ModelRefused) as caught:
        predict_fpga(ask(changed(**sizes)))
    assert caught.value.id == "EDGE-02197"
    assert why in caught.value.evidence


def test_a_model_that_is_not_ternary() -> None:
    with pytest.raises(ModelRefused) as caught:
        predict_fpga(ask(replace(LARGE, ternary=False)))
    assert "floats, not ternary" in caught.value.evidence


def test_the_buffer_of_tellme_does_not_hold_the_newer_model() -> None:
    with pytest.raises(ModelRefused) as caught:
        predict_fpga(ask(read_subject("bitnet-2b4t"), profile="tellme"))
    assert "slices of its buffer, which has 3" in caught.value.evidence


@pytest.mark.parametrize(
    ("options", "identity"),
    [
        ({"turbo": "1"}, "EDGE-0209"),
        ({"clock": "fast"}, "EDGE-02196"),
        ({"clock": "nan"}, "EDGE-02196"),
        ({"clock": "inf"}, "EDGE-02196"),
        ({"clock": "1e9"}, "EDGE-02196"),
        ({"clock": "-250"}, "EDGE-02196"),
        ({"clock": "1_0"}, "EDGE-02196"),
        ({"clock": "\u0662\u0660\u0660"}, "EDGE-02196"),
        ({"clock": " 200"}, "EDGE-02196"),
        ({"clock": "1e2"}, "EDGE-02196"),
        ({"profile": "tellme", "head": "fabric"}, "EDGE-02196"),
        ({"profile": "tellme", "head": "host"}, "EDGE-02196"),
        ({"clock": ""}, "EDGE-02196"),
        ({"head": "cloud"}, "EDGE-02196"),
        ({"profile": "nosuch"}, "EDGE-02195"),
    ],
)
def test_hostile_options(options: dict[str, str], identity: str) -> None:
    with pytest.raises(UsageError) as caught:
        predict_fpga(ask(**options))
    assert caught.value.id == identity


def test_options_are_named_as_they_were_given() -> None:
    for clock, why in (("0", "clock must be 1 to 1000"), ("abc", "clock is 'abc', and takes")):
        with pytest.raises(UsageError) as caught:
            predict_fpga(ask(clock=clock))
        assert caught.value.evidence.startswith(why)


def test_a_target_that_there_is_not() -> None:
    with pytest.raises(UsageError) as caught:
        predict_fpga(ask(target="fpga:moon"))
    assert caught.value.id == "EDGE-02182"


def test_a_length_beyond_the_design() -> None:
    with pytest.raises(UsageError) as caught:
        predict_fpga(replace(ask(profile="tellme"), contexts=(1025,)))
    assert caught.value.id == "EDGE-02198"


def test_options_take_effect_and_are_said() -> None:
    slow = predict_fpga(ask(clock="125", head="host"))
    usual = predict_fpga(ask())
    assert slow.settings == {"profile": "edge", "clock_mhz": "125", "ports": "4", "head": "host"}
    for before, after in zip(usual.phases, slow.phases, strict=True):
        assert after.seconds.expected > 1.4 * before.seconds.expected
    [clock] = [item for item in slow.assumptions if item.name == "clock_mhz"]
    assert clock.source == "given as an option"


def test_a_bundle_is_predicted_as_it_was_compiled() -> None:
    compiled = replace(
        LARGE, target="fpga:kv260", options={"head": "host", "clock": "200", "rescore": "16"}
    )
    assert predict_fpga(ask(compiled)).settings["head"] == "host"
    assert predict_fpga(ask(compiled, head="fabric")).settings["head"] == "fabric"
    unsaid = replace(LARGE, target="fpga:kv260", options={"head": "fabric", "clock": "0.0"})
    assert predict_fpga(ask(unsaid)).settings["clock_mhz"] == "250"


def test_how_a_bundle_for_another_device_was_compiled_says_nothing() -> None:
    compiled = replace(LARGE, target="cpu", options={"head": "int8", "rescore": "16"})
    assert predict_fpga(ask(compiled)).settings == predict_fpga(ask()).settings


def test_how_a_bundle_was_compiled_does_not_change_another_design() -> None:
    compiled = replace(LARGE, target="fpga:kv260", options={"head": "fabric", "clock": "200"})
    assert predict_fpga(ask(compiled, profile="tellme")) == predict_fpga(ask(profile="tellme"))


def test_a_cache_that_no_board_holds() -> None:
    # The newer model's cache: 2 * 2 * 30 * 5 * 128 bytes a position, beside weights and head.
    large = read_subject("bitnet-2b4t")
    wide = replace(large, config=replace(large.config, context=1 << 20))
    weights = 438_220_800 + 128_256 * 2560
    most = (4 * 2**30 - weights) // 76_800
    for field in ("prompts", "contexts"):
        assert predict_fpga(replace(ask(wide), **{field: (most,)}))
        with pytest.raises(UsageError) as caught:
            predict_fpga(replace(ask(wide), **{field: (most + 1,)}))
        assert caught.value.id == "EDGE-02198"
        assert "takes 4.29 GB of memory, and the board has 4.29 GB" in caught.value.evidence


def test_a_long_prompt_is_counted_at_once() -> None:
    # A million chunks of one token each: whole chunks are alike but for their attention.
    small = changed(layers=1, heads=1, kv_heads=1, head_size=16, context=1 << 20)
    profile = read_profile("edge").with_value("chunk", 1)
    found = Phases(profile, small.config).phase(PREFILL, 1 << 20)
    assert found.terms[0].how.startswith("1048576 passes")


def test_chunks_together_take_what_each_takes_alone(design: Streaming) -> None:
    for tokens in (1, 7, 8, 9, 100):
        alone = sum(
            part.seconds
            for at in range(0, tokens, 8)
            for part in streaming._parts(
                design, LARGE.config, [streaming.Chunks(np.array([at]), min(8, tokens - at))], 1
            )
            if part.name not in ("head", "host")
        )
        whole = streaming.prefill_parts(design, LARGE.config, tokens)
        together = sum(part.seconds for part in whole if part.name not in ("head", "host"))
        assert np.isclose(alone, together, rtol=1e-12)


def test_the_published_figures_stand_beside_our_own() -> None:
    for found in (predict_fpga(ask()), predict_fpga(ask(clock="100"))):
        figures = [row for phase in found.phases for row in phase.published]
        assert [(row.value, row.design) for row in figures] == [(25.0, "tellme"), (0.45, "tellme")]


def test_published_figures_are_of_a_design_and_of_sizes() -> None:
    def figures(subject: Subject, **options: str) -> int:
        found = predict_fpga(ask(subject, profile="tellme", **options))
        return sum(len(phase.published) for phase in found.phases)

    assert figures(LARGE) == figures(replace(LARGE, name="bitnet_b1_58-large")) == 2
    assert figures(LARGE, clock="250") == 2
    assert figures(LARGE, clock="200") == 0
    assert figures(changed(layers=2)) == 0


def test_a_design_that_is_too_large_says_so(tmp_path: Path) -> None:
    path = tmp_path / "edge.toml"
    text = (FOLDER / "edge.toml").read_text()
    path.write_text(text.replace("lanes = { value = 4", "lanes = { value = 64"))
    found = predict_fpga(ask(profile=str(path)))
    assert found.settings["profile"] == str(path)
    assert found.fits is False
    assert found.as_dict()["fits"] is False
    assert "more than 80% of the part: LUT " in found.notes[-1]
    assert predict_fpga(ask()).fits is True
    assert predict_fpga(ask(profile="tellme")).fits is None


def test_calls_are_those_of_the_session() -> None:
    assert (streaming.FIRST_TOKENS, streaming.MOST_TOKENS) == (FIRST_BLOCK, MOST_TOKENS)
    counted = [(tokens, streaming.calls(tokens)) for tokens in (1, 16, 17, 64, 80, 81, 512)]
    assert counted == [(1, 1), (16, 1), (17, 2), (64, 2), (80, 2), (81, 3), (512, 9)]


def test_sizes_between_are_filled_up() -> None:
    # bitnet_b1_58-xl: 5,460 is no multiple of 16, and its time is that of 5,472.
    between = changed(hidden=2048, intermediate=5460, head_size=128)
    found, filled = (
        predict_fpga(ask(between)),
        predict_fpga(ask(changed(hidden=2048, intermediate=5472, head_size=128))),
    )
    assert [p.terms for p in found.phases] == [p.terms for p in filled.phases]


def test_the_terms_add_up_and_say_how() -> None:
    found = predict_fpga(ask())
    for phase in found.phases:
        assert np.isclose(sum(t.seconds.worst for t in phase.terms), phase.seconds.worst)
        assert all(term.how and term.limit for term in phase.terms)
    assert [phase.name for phase in found.phases] == [DECODE, PREFILL]
    assert {use.resource for use in found.resources} == {"LUT", "FF", "BRAM36", "URAM", "DSP"}
    assert "modelled" in found.notes[0]


def test_figures_for_a_session(monkeypatch: pytest.MonkeyPatch) -> None:
    found = modelled(LARGE.config, (128, 0), {"head": "fabric"})
    assert set(found) == {"device_decode", "device_decode_rate", "energy"}
    found = modelled(LARGE.config, (128, 32), {"head": "fabric"})
    assert set(found) == {"device_decode", "device_decode_rate", "device_prefill_rate", "energy"}
    for figure in found.values():
        assert figure.how == MODELLED
        assert figure.band is not None
        assert figure.value is not None
        low, high = figure.band
        assert low < figure.value < high
    assert np.isclose(float(found["device_decode"].value or 0) * 5.0, found["energy"].value or 0)


def test_the_shipped_model_is_predicted_from_its_folder() -> None:
    subject = read_subject(str(ROOT / "models" / "story"))
    found = predict_fpga(ask(subject))
    assert found.model == "story"
    assert found.phases[0].limiting.name == "host"
    assert isinstance(subject.config, DecoderConfig)
