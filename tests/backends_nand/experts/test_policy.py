"""Options of experts: what they say, and what is refused."""

from __future__ import annotations

import pytest

from edgesdk.errors import UsageError
from edgesdk_backends.nand.design.chosen import chosen_design
from edgesdk_backends.nand.experts.fitting import fitted
from edgesdk_backends.nand.experts.policy import PLAIN, ExpertPolicy, read_policy
from tests.backends_nand.experts.policies import load


def test_options() -> None:
    assert read_policy({"channels": "8"}) is None
    found = read_policy({"experts_cached": "2.5GB", "experts_keep": "recent", "channels": "8"})
    assert found == ExpertPolicy(cached_bytes=2.5e9, keep="recent")
    found = read_policy({"experts_prefetch": "0.25", "experts_hit": "0.5"})
    assert found == ExpertPolicy(hit=0.5, prefetch=0.25)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        *(("cached", text) for text in ("-1", "5000", "2.5", "1TB", "")),
        *(("miss_bits", text) for text in ("3", "16", "")),
        ("hit", "1.01"),
        ("keep", "lru"),
        ("skew", "nan"),
        ("size", "1"),
    ],
)
def test_bad_options(key: str, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_policy({f"experts_{key}": text})
    assert caught.value.id == "EDGE-02245"


@pytest.mark.parametrize("key", ["cached", "keep", "skew"])
def test_known_hits_follow_from_nothing(key: str) -> None:
    text = {"cached": "2", "keep": "recent", "skew": "1"}[key]
    with pytest.raises(UsageError, match="exclude each other") as caught:
        read_policy({f"experts_{key}": text, "experts_hit": "0.5"})
    assert caught.value.id == "EDGE-02245"


def test_room_becomes_a_number_of_experts() -> None:
    design = chosen_design({"dram_gb": "32"}).design
    each = 3 * 4096 * 14336 * 32  # bytes of one expert in all layers of Mixtral
    policy = ExpertPolicy(cached_bytes=2.5 * each)
    assert fitted(policy, load("mixtral-8x7b"), design, 1000).cached == 2
    assert fitted(policy, load("mixtral-8x7b", "w4a16"), design, 1000).cached == 5
    everything = chosen_design({"dram_gb": "100"}).design
    assert fitted(ExpertPolicy(cached_bytes=9e10), load("mixtral-8x7b"), everything, 9).cached == 8


def test_room_for_hits_and_beside_the_embedding() -> None:
    """Half the uses of Mixtral's two are one expert of each layer, 5.64 GB; the embedding is 0.26
    GB in float16, so that 5.8 GB are too little."""
    model = load("mixtral-8x7b")
    for policy in (ExpertPolicy(hit=0.5), ExpertPolicy(cached=1)):
        assert fitted(policy, model, chosen_design({"dram_gb": "6"}).design, 100) == policy
        with pytest.raises(UsageError, match="cannot hold 1 of the experts") as caught:
            fitted(policy, model, chosen_design({"dram_gb": "5.8"}).design, 100)
        assert "embedding 0.27 GB" in str(caught.value.evidence)


def test_low_precision_is_lower_than_the_weights() -> None:
    design = chosen_design({}).design
    with pytest.raises(UsageError, match="no low precision"):
        fitted(ExpertPolicy(miss_bits=4), load("mixtral-8x7b", "w4a16"), design, 10)
    kept = ExpertPolicy(miss_bits=2)
    assert fitted(kept, load("mixtral-8x7b", "w4a16"), design, 10) == kept


@pytest.mark.parametrize(
    ("model", "policy", "words"),
    [
        ("llama-2-7b", ExpertPolicy(cached=1), "no routed experts"),
        ("mixtral-8x7b", ExpertPolicy(cached=9), "a layer has 8"),
        ("mixtral-8x7b", ExpertPolicy(cached_bytes=5e9), "one of each takes 5.64 GB"),
        ("mixtral-8x7b", ExpertPolicy(cached=2), "cannot hold 2 of the experts"),
        ("mixtral-8x7b", ExpertPolicy(hit=1.0), "cannot hold 2 of the experts"),
        ("mixtral-8x7b", ExpertPolicy(miss_bits=8), "have 8 bits"),
    ],
)
def test_policies_that_do_not_fit(model: str, policy: ExpertPolicy, words: str) -> None:
    design = chosen_design({"dram_gb": "10"}).design
    with pytest.raises(UsageError) as caught:
        fitted(policy, load(model), design, 1000)
    assert caught.value.id == "EDGE-02245"
    assert words in f"{caught.value.what} {caught.value.evidence}"


def test_copies_of_low_precision_take_flash() -> None:
    """Mixtral takes 46.6 GB, its experts at 4 bits another 22.5 GB; 526 GB are there, or 60."""
    model, policy = load("mixtral-8x7b"), ExpertPolicy(miss_bits=4)
    assert fitted(policy, model, chosen_design({"preset": "cambricon-m"}).design, 10) == policy
    small = chosen_design({"preset": "cambricon-s", "blocks": "116"}).design
    assert 59e9 < small.usable_bytes < 60e9
    assert fitted(PLAIN, model, small, 10) == PLAIN
    with pytest.raises(UsageError, match="as well") as caught:
        fitted(policy, model, small, 10)
    assert caught.value.id == "EDGE-02245"
