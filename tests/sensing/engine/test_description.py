"""Descriptions: what is written is read, and what is wrong is said with its place."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from edgesdk.errors import DoesNotFit, ModelRefused
from edgesdk.native import ffi
from edgesdk.sensing.description import Fact, read
from edgesdk.sensing.models import Model
from edgesdk.sensing.post_processing import COUGH_SECONDS, COUGH_SHARES
from edgesdk.sensing.program import build, load
from edgesdk.sensing.stage_description import SETTINGS, Stream
from tests.sensing.engine.forests import level_forest
from tests.sensing.engine.programs import LINEAR, MODEL, PART, cough_e, document, small, stage

ROOT = Path(__file__).parents[3]


def test_cough_e_in_ticks() -> None:
    found = read(json.dumps(cough_e()))
    motion, sound = found.stages
    assert (found.tick_rate, found.ticks(0), found.ticks(1)) == (16000, 1, 160)
    assert (motion.hit.next, motion.hit.advance) == (1, 0)
    assert (motion.miss.next, motion.miss.advance) == (0, 4000)
    assert (sound.hit.next, sound.hit.advance, sound.limit) == (1, 6400, 4)
    assert (sound.last.next, sound.last.advance) == (0, 12800)
    assert (sound.miss.next, sound.miss.advance) == (0, 12800)


def test_the_coughs_constants_in_ticks() -> None:
    events = [{"kind": "cough", "stage": "sound", "label": "cough"}]
    [cough] = read(cough_e(events=events)).posts
    constants = cough.constants  # type: ignore[union-attr]
    assert (constants["period"], constants["merge"], constants["lead"]) == (80000, 3680, 240)
    assert (constants["peak_share"], constants["step"]) == (8192, 8)


def changed(place: str, value: Any) -> dict[str, Any]:
    """A description with one value changed or, where it is None, left out."""
    made = copy.deepcopy(
        small(
            facts=[{"name": "gender", "low": 0, "high": 1}],
            events=[{"kind": "smooth", "stage": "sound", "on": 0.5}],
        )
    )
    *path, last = [int(key) if key.isdigit() else key for key in place.split(".")]
    at: Any = made
    for key in path:
        at = at[key]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return made


WRONG = [
    ("format", 2, "format must be 1"),
    ("name", "", "name must be a text"),
    ("surprise", 1, "unknown keys: 'surprise'"),
    ("streams", [], "streams: there must be one"),
    ("streams", [{}] * 5, "at most 4"),
    ("streams.0.rate", 16000.0, r"streams\[0\].rate must be a whole number"),
    ("streams.0.rate", True, r"streams\[0\].rate must be a whole number"),
    ("streams.1.rate", 104, "imu: 104 Hz does not divide 1000 Hz"),
    ("streams.1.name", "audio", "two streams are named 'audio'"),
    ("streams.0.channels", 17, "from 1 to 16"),
    ("streams.0.step", 0, "must be a number"),
    ("streams.0.unit", None, "lacks 'unit'"),
    ("streams.0.gain", 2, r"streams\[0\] has unknown keys: 'gain'"),
    ("facts.0.high", -1, r"facts\[0\].high must be a whole number from 0"),
    ("facts.0.default", 2, r"facts\[0\].default must be a whole number from 0 to 1"),
    ("labels", [], "labels must be texts"),
    ("labels", ["a", "a"], "two labels are named 'a'"),
    ("stages", [], "stages: there must be one"),
    ("stages.1.name", "motion", "two stages are named"),
    ("stages.0.stream", "video", r"stages\[0\].stream must be one of audio, imu"),
    ("stages.0.stream", ["imu"], "must be one of audio, imu"),
    ("stages.0.window", 0, r"stages\[0\].window must be a whole number from 1"),
    ("stages.0.window", 2**30 // 10 + 1, r"stages\[0\].window must be a whole number from 1"),
    ("stages.0.features", {}, "must be a list"),
    ("stages.0.features", [3], r"stages\[0\].features must be names"),
    ("stages.0.settings", {"segment": 0}, r"stages\[0\].settings.segment must be a whole number"),
    ("stages.0.settings", {"fft": 8}, r"stages\[0\].settings has unknown keys: 'fft'"),
    ("stages.0.facts", ["age"], "must be among gender"),
    ("stages.0.labels", ["sneeze"], "must be among cough, or null"),
    ("stages.0.labels", [None], "names none"),
    ("stages.0.decides", "sneeze", "decides must be one of cough"),
    ("stages.0.threshold", 1.5, "threshold must be a number from 0 to 1"),
    ("stages.0.threshold", float("nan"), "threshold must be a number"),
    ("stages.0.on_hit.next", "nowhere", r"on_hit.next must be one of motion, sound"),
    ("stages.0.on_hit.advance", -1, "on_hit.advance must be ticks"),
    ("stages.0.on_hit.advance", "half", "on_hit.advance must be ticks"),
    ("stages.0.on_limit", {}, "limit and on_limit belong together"),
    ("stages.1.limit", None, "limit and on_limit belong together"),
    ("events.0.kind", "loud", "must be one of smooth, cough"),
    ("events.0.stage", "nowhere", "must be one of motion, sound"),
    ("events.0.off", 0.7, r"off must be a number from 0 to 0.5|off must not be above on"),
    ("events.0.windows", 65, "from 1 to 64"),
]


@pytest.mark.parametrize(("place", "value", "said"), WRONG)
def test_what_is_wrong_is_said(place: str, value: Any, said: str) -> None:
    with pytest.raises(ModelRefused, match=said) as error:
        read(changed(place, value))
    assert error.value.id == "EDGE-0204"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "it is not JSON"),
        ('{"format": 1, "format": 1}', "given twice"),
        ("[" * 100_000, "too deep|bytes"),
        ("[" * 60_000, "too deep"),
        ('{"format": NaN}', "NaN is not a number"),
        ("[]", "must be an object"),
        (b"\xff\xfe{", "not JSON"),
        ("9" * 5000, "not JSON|must be an object"),
    ],
)
def test_text_that_is_no_description(text: str | bytes, said: str) -> None:
    with pytest.raises(ModelRefused, match=said):
        read(text)


def test_stages_that_stand_still_are_refused() -> None:
    """Each could send the other to the same tick for ever."""
    looking = document(
        [
            stage("a", "audio", 50, on_hit={"next": "b", "advance": 0}),
            stage("b", "audio", 60, on_miss={"next": "a", "advance": 0}),
        ]
    )
    with pytest.raises(DoesNotFit, match="endless, record 0") as error:
        build(read(looking), {"level": MODEL})
    assert error.value.id == "EDGE-0973"


def test_models_must_fit_their_stage() -> None:
    with pytest.raises(DoesNotFit, match="no model was given for level"):
        build(read(small()), {})
    two = small()
    two["stages"][0]["labels"] = ["cough", None]
    with pytest.raises(DoesNotFit, match="bad model, record 0"):
        build(read(two), {"level": MODEL})


def test_features_that_are_none() -> None:
    for name, said in [("loudness", "no feature 'loudness'"), ("rms@7", "there are 2 channels")]:
        wanted = small()
        wanted["stages"][0]["features"] = [name]
        with pytest.raises(DoesNotFit, match=said):
            build(read(wanted), {"level": MODEL})


def test_the_example_of_the_documentation() -> None:
    text = (ROOT / "docs/sensing-program.md").read_text()
    [example] = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    found = read(example)
    models = {
        stage.model: Model(level_forest(len(stage.features) + 1).content, PART, LINEAR, 1 / 128)
        for stage in found.stages
    }
    program = build(found, models)
    assert load(program.content) == program
    assert program.digest == hashlib.sha256(program.content).hexdigest()


def test_the_documentation_names_every_key() -> None:
    text = (ROOT / "docs/sensing-program.md").read_text()
    named = set(re.findall(r"`([a-z_]+)`", text))
    assert named >= {*COUGH_SECONDS, *COUGH_SHARES, *SETTINGS, "mel_zeros", "mfcc_zeros"}
    for kind in (Stream, Fact):
        assert named >= {field.name for field in dataclasses.fields(kind)}


def test_sizes_in_the_documentation() -> None:
    text = (ROOT / "docs/sensing-program.md").read_text()
    entries = [int(size) for size in re.findall(r"^\| \d+ \| 4 \| [a-z ]+ \| (\d+) \|", text, re.M)]
    names = ["stream_record", "stage_record", "fact_record", "feature"]
    sizes = [ffi.sizeof(f"struct edge_{name}") for name in names]
    sizes += [4, *(ffi.sizeof(f"struct edge_{name}") for name in ("post_record", "part_record"))]
    assert entries == [1, *sizes, 1, 16]
