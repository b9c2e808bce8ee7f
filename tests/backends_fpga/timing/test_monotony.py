"""More work takes longer, better hardware is not slower, and nothing exceeds its ceiling."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from edgesdk.decoder.config import DecoderConfig
from edgesdk.predict import DECODE, PREFILL, Band, Phase
from edgesdk.predict.model import read_subject
from edgesdk_backends.fpga.timing.limits import LESS, LIMITS, MORE
from edgesdk_backends.fpga.timing.phases import Phases
from edgesdk_backends.fpga.timing.profile import Profile, read_profile

LARGE = read_subject("bitnet-0.73b").config
NEWER = read_subject("bitnet-2b4t").config
PAIRS = [("edge", LARGE), ("edge", NEWER), ("tellme", LARGE)]


def phases(name: str, config: DecoderConfig) -> Iterator[Phase]:
    made = Phases(read_profile(name), config)
    for at in (1, 2, 7, 8, 9, 63, 64, 65, 128, 500, 1024):
        yield made.phase(DECODE, at)
        yield made.phase(PREFILL, at)


@pytest.mark.parametrize(("name", "config"), PAIRS)
def test_nothing_exceeds_its_ceiling(name: str, config: DecoderConfig) -> None:
    for phase in phases(name, config):
        assert phase.rate.best < phase.ceiling


# As many keys as queries, in heads of the largest size: the largest cache.
WIDE = replace(NEWER, heads=20, kv_heads=20)
SMALL = replace(LARGE, layers=1, hidden=16, intermediate=16, heads=20, kv_heads=20, head_size=128)


def below_the_ceiling(profile: Profile, *configs: DecoderConfig) -> None:
    for config, at, phase in itertools.product(configs, (1, 8, 128, 1024, 2047), (DECODE, PREFILL)):
        found = Phases(profile, config).phase(phase, at)
        assert found.rate.best < found.ceiling


@pytest.mark.parametrize("clock", [50.0, 250.0, 600.0, 800.0, LIMITS["clock_mhz"].most])
@pytest.mark.parametrize("head", ["fabric", "host"])
def test_not_even_with_a_clock_that_no_fabric_has(clock: float, head: str) -> None:
    profile = read_profile("edge").with_value("clock_mhz", clock).with_value("head", head)
    below_the_ceiling(profile, LARGE, NEWER, WIDE, SMALL)


@pytest.mark.parametrize("name", ["edge", "tellme"])
def test_not_even_with_the_best_of_every_constant(name: str) -> None:
    # All that a profile of one's own may say, as far as more or less of it is better.
    profile = read_profile(name)
    better = {MORE: lambda limits: limits.most, LESS: lambda limits: limits.least}
    for key in profile.entries:
        if key != "clock_mhz" and LIMITS[key].better in better:
            value = better[LIMITS[key].better](LIMITS[key])
            profile = profile.with_value(key, int(value) if value == int(value) else value)
    configs = (LARGE,) if name == "tellme" else (LARGE, NEWER, WIDE, SMALL)
    for clock in (250.0, 1000.0):
        at_clock = profile.with_value("clock_mhz", clock)
        below_the_ceiling(at_clock, *configs)
        if name == "edge":
            below_the_ceiling(at_clock.with_value("head", "host"), *configs)


@pytest.mark.parametrize("seed", range(10))
def test_not_even_with_constants_at_random(seed: int) -> None:
    random = np.random.default_rng(seed)
    profile = read_profile("edge")
    for key in (
        "ports",
        "port_bytes",
        "tables",
        "lanes",
        "chunk",
        "vector",
        "members",
        "recurrence",
    ):
        most = int(LIMITS[key].most)
        profile = profile.with_value(key, int(random.choice([1, most, random.integers(1, most)])))
    below_the_ceiling(profile.with_value("clock_mhz", 1000.0), LARGE, WIDE)


def test_the_physical_limit_of_the_board_holds() -> None:
    # 1.6 bits for a weight, an int8 head in memory, 94 % of the peak: 98 tokens/s are not physical.
    fastest = read_profile("edge").with_value("clock_mhz", 1000.0)
    assert Phases(fastest, LARGE).phase(DECODE, 1).rate.best < 98


@pytest.mark.parametrize(("name", "config"), PAIRS)
def test_bands_are_in_order(name: str, config: DecoderConfig) -> None:
    def ordered(band: Band) -> bool:
        return 0 <= band.best <= band.expected <= band.worst

    for phase in phases(name, config):
        assert all(ordered(term.seconds) for term in phase.terms)
        assert phase.joules is not None
        assert ordered(phase.joules)
        assert phase.limiting in phase.terms


@pytest.mark.parametrize(("name", "config"), PAIRS)
@pytest.mark.parametrize("phase", [DECODE, PREFILL])
def test_longer_takes_longer(name: str, config: DecoderConfig, phase: str) -> None:
    made = Phases(read_profile(name), config)
    times = [made.phase(phase, at).seconds for at in range(1, 1025, 31)]
    for before, after in itertools.pairwise(times):
        assert before.best <= after.best
        assert before.expected <= after.expected
        assert before.worst <= after.worst


def expected(profile: Profile, config: DecoderConfig = LARGE) -> tuple[float, float]:
    made = Phases(profile, config)
    return (
        made.phase(DECODE, 128).seconds.expected,
        made.phase(PREFILL, 64).seconds.expected,
    )


@pytest.mark.parametrize(
    ("key", "less", "more"),
    [
        ("clock_mhz", 100.0, 250.0),
        ("ports", 2, 4),
        ("port_bytes", 8, 16),
        ("peak_gb_s", 9.6, 19.2),
        ("chunk", 4, 8),
        ("lanes", 2, 4),
        ("vector", 2, 4),
        ("activation", 1, 2),
        ("queries", 1, 2),
        ("head_products", 16, 64),
    ],
)
def test_better_hardware_is_not_slower(key: str, less: float, more: float) -> None:
    slow = expected(read_profile("edge").with_value(key, less))
    fast = expected(read_profile("edge").with_value(key, more))
    assert all(f <= s for f, s in zip(fast, slow, strict=True))
    assert fast != slow


def test_a_chunk_shares_its_pass_over_the_weights() -> None:
    made = Phases(read_profile("edge"), LARGE)
    eight, nine = (made.phase(PREFILL, at).terms[0] for at in (8, 9))
    assert nine.how.startswith("2 passes")
    assert nine.seconds.expected > 1.9 * eight.seconds.expected


def test_decoding_is_twice_as_fast_as_the_paper() -> None:
    # 25 tokens/s and 142 tokens/s (64 in 0.45 s): arXiv 2510.15926.
    made = Phases(read_profile("edge"), LARGE)
    assert made.phase(DECODE, 128).rate.expected >= 50
    assert made.phase(PREFILL, 64).rate.expected >= 284
