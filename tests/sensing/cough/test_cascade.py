"""The training's cascade: by hand, and against the engine that the device runs."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from edgesdk.formats.xgboost import read_xgboost
from edgesdk.sensing.description import read
from edgesdk.sensing.engine import Engine
from edgesdk.sensing.forest_pack import pack
from edgesdk.sensing.models import forest_model
from edgesdk.sensing.program import Program, build
from tests.sensing.cough.takes import take
from tools.cough.cascade import Coughs, Packed, Scorer, audio_only, log_odds, mixed
from tools.cough.evaluation import Comparison, scored_coughs
from tools.cough.features import AUDIO, IMU, Detector, fraction_bits
from tools.cough.recordings import RATE

MODELS = Path(__file__).parents[3] / "models" / "cough"
END = 10 * RATE


def scripted(imu: set[int], audio: set[int]):
    """Margins that are hits at these ticks."""

    def margin(detector: Detector, tick: int) -> float | None:
        if tick + detector.window * detector.ticks > END:
            return None
        return 9.0 if tick in (imu if detector is IMU else audio) else -9.0

    return margin


def ticks(looks) -> list[tuple[str, int]]:
    return [(look.detector.name, look.tick) for look in looks]


def test_nothing_moves() -> None:
    looks = mixed(scripted(set(), set()))
    assert ticks(looks) == [("imu", n * 4000) for n in range(39)]  # the last one ends with the take
    assert not any(look.is_hit for look in looks)


def test_motion_without_a_cough_costs_a_window() -> None:
    found = ticks(mixed(scripted({4000}, set())))
    assert found[:4] == [("imu", 0), ("imu", 4000), ("audio", 4000), ("imu", 16800)]


def test_four_in_a_row_and_back() -> None:
    everything = set(range(0, END, 400))
    found = ticks(mixed(scripted({0}, everything)))
    heard = [("audio", n * 6400) for n in range(4)]
    assert found[:6] == [("imu", 0), *heard, ("imu", 3 * 6400 + 12800)]


def test_a_miss_ends_the_row() -> None:
    found = ticks(mixed(scripted({0, 19200}, {0, 19200, 25600, 32000, 38400})))
    assert found[:3] == [("imu", 0), ("audio", 0), ("audio", 6400)]
    assert found[3:5] == [("imu", 19200), ("audio", 19200)]
    assert found[5:9] == [("audio", 25600), ("audio", 32000), ("audio", 38400), ("imu", 51200)]


def test_sound_alone() -> None:
    looks = audio_only(scripted(set(), {6400}))
    assert ticks(looks) == [("audio", n * 6400) for n in range(24)]
    assert [look.tick for look in looks if look.is_hit] == [6400]


def test_log_odds() -> None:
    assert log_odds(0.5) == 0
    assert log_odds(0.3) == pytest.approx(math.log(3 / 7))
    assert (log_odds(0.0), log_odds(1.0)) == (-math.inf, math.inf)


def packed(detector: Detector) -> Packed:
    model = read_xgboost(MODELS / f"{detector.name}.json")
    return Packed(detector, model, pack(model, fraction_bits(model.feature_names)))


@pytest.fixture(scope="module")
def models() -> list[Packed]:
    return [packed(IMU), packed(AUDIO)]


@pytest.fixture(scope="module")
def program(models: list[Packed]) -> Program:
    description = read((MODELS / "cough.json").read_bytes())
    made = {f"{each.detector.name}.json": forest_model(each.forest.content) for each in models}
    return build(description, made)


@pytest.mark.parametrize("seed", range(4))
def test_the_engine_does_the_same(models: list[Packed], program: Program, seed: int) -> None:
    starts = (1.3, 2.0, 2.6, 3.1, 3.6, 4.1, 6.02, 8.75, 9.3, 11.0 + seed / 7)
    given = take(str(seed), 14.0, starts, seed)
    looks = mixed(Scorer(given, models))
    known = {"gender": given.gender}
    engine = Engine(
        program, facts={each.name: known[each.name] for each in program.description.facts}
    )
    events = [
        *engine.feed("audio", given.audio),
        *engine.feed("imu", given.imu),
        *engine.flush(),
    ]
    assert {look.detector.name for look in looks if look.is_hit} == {"imu", "audio"}
    assert [(each.stage, each.tick, each.is_hit) for each in engine.decisions] == [
        (look.detector.name, look.tick, look.is_hit) for look in looks
    ]
    assert [each.score for each in engine.decisions] == [
        round(math.ldexp(look.margin, _bits(models, look.detector))) for look in looks
    ]
    found = Coughs().run(given, looks)
    assert [(e.start_s, e.peak_s, e.end_s) for e in events] == [
        (cough.start / RATE, cough.peak / RATE, cough.end / RATE) for cough in found
    ]
    assert found


def _bits(models: list[Packed], detector: Detector) -> int:
    return next(each.forest.fraction_bits for each in models if each.detector is detector)


def test_scores_and_time_add_up(models: list[Packed]) -> None:
    takes = [take("1", 12.0, (1.0, 3.0, 5.5, 8.0), 1), take("2", 12.0, (), 2)]
    comparison = Comparison()
    comparison.add(takes, models)
    found = comparison.summary()
    assert found["cascade"]["coughs"] == found["audio_only"]["coughs"] == 4
    scored = [scored_coughs(each, mixed(Scorer(each, models))) for each in takes]
    assert found["cascade"]["hits"] == sum(each.hits for each in scored)
    assert found["cascade"]["false_alarms"] == sum(each.false_alarms for each in scored)
    assert sum(found["cascade"]["share_of_time"].values()) == pytest.approx(1, abs=2e-3)
    assert found["audio_only"]["share_of_time"] == {"imu": 0.0, "audio": 1.0}
    assert found["audio_only"]["windows_per_hour"]["audio"] == 2 * 29 / (24 / 3600)
    shares = [point["share_of_audio_windows"] for point in found["imu_threshold_curve"]]
    assert shares[0] > 0.5
    assert shares[-1] < 0.5
