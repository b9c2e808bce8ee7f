"""A sweep's figures are those of a prediction; bad keys and values are refused before it starts."""

from __future__ import annotations

import math
import pickle

import pytest

from edgesdk.errors import UsageError
from edgesdk.explore import Explored, explore
from edgesdk.explore.grid import read_grid
from edgesdk.predict import ask, predict
from edgesdk.predict.model import named_shape
from edgesdk_backends.nand.explore import OBJECTIVES, NandEvaluator


def sweep(*texts: str, model: str = "llama-2-70b", **options: str) -> Explored:
    question = ask(named_shape(model), "nand:cambricon-l", options, contexts=[1000])
    return explore(question, read_grid(texts), jobs=1)


def refusal(*texts: str, **more: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        sweep(*texts, **more)
    return caught.value


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("llama-2-70b", {"channels": "16", "chips": "12", "read_us": "20"}),
        ("opt-6.7b", {"weights": "w4a16", "kv": "full", "slicing": "no"}),
        ("bitnet-2b4t", {"preset": "cambricon-s", "dies": "1"}),
        ("llama-3-8b", {"preset": "ufs-4.0", "channel_mts": "2000"}),
        ("mixtral-8x7b", {"experts_cached": "2", "experts_miss_bits": "4", "dram_gb": "24"}),
        ("qwen3-30b-a3b", {"experts_hit": "0.9", "experts_prefetch": "0.5", "dram_gb": "32"}),
    ],
)
def test_the_figures_are_a_predictions(model: str, options: dict[str, str]) -> None:
    """One design, all of whose options are swept, beside one that is predicted."""
    preset = options.get("preset", "cambricon-l")
    predicted = predict(named_shape(model), f"nand:{preset}", options, contexts=[1000])
    swept = {**options, "context": "1000"}
    row = sweep(*(f"{key}={text}" for key, text in swept.items()), model=model).row(0)
    (phase,) = (phase for phase in predicted.phases if phase.name == "decode")
    assert phase.joules is not None
    assert row["tokens_per_second"] == pytest.approx(phase.rate.expected)
    assert row["joules_per_token"] == pytest.approx(phase.joules.expected)
    (life,) = (q for q in phase.quantities if q.name.startswith("life, ") and "block" in q.name)
    assert row["life_tokens"] == pytest.approx(life.value)


def test_options_that_all_designs_share() -> None:
    shared = sweep("channels=8,16", weights="w4a16", chips="4")
    swept = sweep("channels=8,16", "weights=w4a16", "chips=4")
    assert shared.figures == pytest.approx(swept.figures, nan_ok=True)


def test_faster_parts_are_faster() -> None:
    found = sweep("channels=8..64", "read_us=30,60,120")
    rates = found.figures[:, 0].reshape(4, 3)
    assert (rates[1:] > rates[:-1]).all()
    assert (rates[:, 1:] < rates[:, :-1]).all()


def test_the_front_of_a_real_sweep() -> None:
    """Nothing on it is beaten; whatever is not on it is."""
    found = sweep("channels=4..32", "chips=2..16", "read_us=20,40", "weights=w8a8,w4a16")
    assert 1 < len(found.front) < len(found.feasible)
    better = found.figures[:, [0, 2]], -found.figures[:, [1, 4]]
    assert found.compared == ("tokens_per_second", "joules_per_token", "life_tokens", "core_mm2")
    for number in found.feasible.tolist():
        as_good = all((part >= part[number]).all(axis=1)[found.front].any() for part in better)
        assert as_good or number in found.front


def test_the_order_is_that_of_the_first_objective() -> None:
    question = ask(named_shape("llama-2-7b"), "nand:cambricon-s", {}, contexts=[1000])
    grid = read_grid(["channels=4..32", "read_us=20,40"])
    found = explore(question, grid, compare=["core_mm2", "tokens_per_second"], jobs=1)
    areas = found.figures[found.front, 4]
    assert areas.tolist() == sorted(areas.tolist())
    assert found.compared == ("core_mm2", "tokens_per_second")
    assert len(found.front) == 4


def test_designs_that_cannot_be_are_counted() -> None:
    axes = ("planes=1,2", "blocks=8,256", "npu_helps=yes,no")
    found = sweep(*axes, model="opt-66b", dram_gb="8")
    reasons = {refused.id: refused for refused in found.refused}
    assert reasons["EDGE-02224"].count == 2
    assert found.grid.named(reasons["EDGE-02224"].first)["planes"] == "1"
    assert reasons["EDGE-02240"].count == 3
    assert len(found.feasible) == 3
    assert all(math.isnan(value) for value in found.figures[0])


def test_none_left() -> None:
    error = refusal("blocks=4,8", "chips=1,2")
    assert error.id == "EDGE-02252"
    assert "4 as blocks=4 chips=1" in error.evidence
    assert "EDGE-02240" in error.evidence


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("chanels=8..64", "near it: channels"),
        ("name=a,b", "known: "),
        ("channels=0,8", "1 to 1024"),
        ("channels=8.5", "a whole number"),
        ("weights=w8a8,int8", "one of w8a8"),
        ("slicing=maybe", "one of"),
        ("context=4096", "1 to 4095"),
        ("cell=qlc", "one of"),
        ("experts_keep=lru", "one of popular, recent"),
        ("zzzzzz=1", "known: "),
        ("channels=8,08", "8 and 08"),
        ("read_us=30,4,30.0", "30 and 30.0"),
    ],
)
def test_keys_and_values_that_are_none(text: str, words: str) -> None:
    error = refusal(text)
    assert error.id == "EDGE-02253"
    assert words in error.evidence


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("channels=0", "nand-design"),
        ("context=4096", "nand-explore"),
        ("weights=int8", "nand-explore"),
        ("experts_keep=lru", "nand-explore"),
    ],
)
def test_the_page_that_has_the_values(text: str, page: str) -> None:
    assert f"docs/{page}.md" in refusal(text).next_step


def test_what_differs_is_not_said_of_all() -> None:
    one = sweep("channels=8,16", weights="w4a16")
    assert (one.target, one.context) == (one.question.target, 1000)
    assert one.settings == {"preset": "cambricon-l", "weights": "w4a16", "kv": "grouped"}
    other = sweep("preset=cambricon-s,aif", "context=10,20", preset="cambricon-l", channels="8")
    assert (other.target, other.context) == ("nand", None)
    assert other.settings == {"weights": "w8a8", "kv": "grouped", "channels": "8"}
    assert sweep("channels=8", model="bitnet-2b4t").settings["weights"] == "ternary"


def test_one_objective_is_not_known_and_one_was_not_asked_for() -> None:
    question = ask(named_shape("llama-2-7b"), "nand:cambricon-s", {}, contexts=[1000])
    grid = read_grid(["channels=4..32"])
    assert explore(question, grid, jobs=1).unknown == ("area_mm2",)
    assert explore(question, grid, compare=["usd", "area_mm2"], jobs=1).unknown == ("area_mm2",)
    assert explore(question, grid, compare=["usd"], jobs=1).unknown == ()


def test_a_key_is_set_or_swept() -> None:
    for key in ("channels", "weights", "experts_hit"):
        value = {"channels": "8", "weights": "w8a8", "experts_hit": "0.5"}[key]
        assert refusal(f"{key}={value}", **{key: value}).id == "EDGE-02253"


def test_a_preset_that_there_is_not() -> None:
    assert refusal("preset=cambricon-l,nope").id == "EDGE-02221"


def test_what_is_given_holds_for_every_preset() -> None:
    """Also where it is what the first preset has anyway."""
    found = sweep("preset=cambricon-l,cambricon-s", channels="32", chips="8")
    assert found.figures[0, 0] == pytest.approx(found.figures[1, 0])


def test_an_axis_may_resolve_what_contradicts_itself() -> None:
    found = sweep("npu_helps=yes,no", planes="1", blocks="512")
    assert [refused.id for refused in found.refused] == ["EDGE-02224"]
    assert found.feasible.tolist() == [1]


def test_weights_of_a_ternary_model_are_ternary() -> None:
    usual = sweep("channels=8", model="bitnet-2b4t")
    assert (
        usual.figures[0, 0]
        == sweep("weights=ternary", model="bitnet-2b4t", channels="8").figures[0, 0]
    )


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"colour": "red"}, "EDGE-02242"),
        ({"weights": "int8"}, "EDGE-02242"),
        ({"channels": "none"}, "EDGE-02223"),
        ({"preset": "cambricon-s"}, "EDGE-02243"),
        ({"experts_size": "1"}, "EDGE-02245"),
    ],
)
def test_options_that_there_are_not(options: dict[str, str], error: str) -> None:
    assert refusal("chips=2,4", **{"preset": "cambricon-l", **options}).id == error


def test_presets_differ() -> None:
    found = sweep("preset=cambricon-s,cambricon-m,cambricon-l", model="llama-2-7b")
    rates = found.figures[:, 0].tolist()
    assert rates == sorted(rates)
    assert rates[2] / rates[0] > 5


def test_experts_of_a_model_that_has_none() -> None:
    error = refusal("experts_cached=1,2")
    assert error.id == "EDGE-02252"
    assert "no routed experts" in error.evidence


def test_more_experts_than_the_dram_holds() -> None:
    found = sweep("experts_cached=0..8:1", model="mixtral-8x7b", dram_gb="20")
    assert [refused.id for refused in found.refused] == ["EDGE-02245"]
    assert len(found.feasible) == 4
    assert isinstance(found, Explored)


def test_it_travels() -> None:
    """To other processes and machines, and comes back the same."""
    question = ask(
        named_shape("mixtral-8x7b"), "nand:cambricon-m", {"experts_hit": "0.5", "dram_gb": "8"}
    )
    grid = read_grid(["channels=8,16", "weights=w8a8,w4a16"])
    evaluator = NandEvaluator.of(question, grid.axes)
    copy = pickle.loads(pickle.dumps(evaluator))
    values = grid.values(3)
    assert copy(values) == pytest.approx(evaluator(values), nan_ok=True)
    assert len(copy(values)) == len(OBJECTIVES)
