"""Expected hits against simulated routing, whose draws are seeded."""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np
import pytest

from edgesdk_backends.nand.experts.routing import Routing, expert_weights, hits, presence, uses
from tests.backends_nand.experts.simulation import draw, served


def mean(found: tuple[float, ...]) -> float:
    return sum(n * likely for n, likely in enumerate(found))


@pytest.mark.parametrize("skew", [0.0, 0.7, 1.5])
@pytest.mark.parametrize("used", [1, 2, 4])
def test_uses_of_each_expert(skew: float, used: int) -> None:
    routing = Routing(8, used, skew)
    counted = np.bincount(draw(routing, 20_000).ravel(), minlength=8) / 20_000
    found = uses(expert_weights(8, skew), used)
    assert found.sum() == pytest.approx(used)
    assert found == pytest.approx(counted, abs=0.012)


@pytest.mark.parametrize("skew", [0.0, 0.8, 1.5])
@pytest.mark.parametrize(("experts", "used", "cached"), [(8, 2, 3), (8, 2, 7), (12, 4, 6)])
def test_popular_ones(experts: int, used: int, cached: int, skew: float) -> None:
    routing = Routing(experts, used, skew)
    found = hits(routing, cached, "popular", None)
    assert found == pytest.approx(served(routing, cached, "popular", 20_000), abs=0.012)


@pytest.mark.parametrize(("experts", "used", "cached"), [(8, 2, 3), (8, 2, 7), (12, 4, 6)])
def test_recent_ones_where_all_sets_are_alike(experts: int, used: int, cached: int) -> None:
    routing = Routing(experts, used, 0.0)
    found = hits(routing, cached, "recent", None)
    assert found == pytest.approx(served(routing, cached, "recent", 20_000), abs=0.012)


@pytest.mark.parametrize("skew", [0.5, 1.0, 1.5, 2.5])
@pytest.mark.parametrize(
    ("experts", "used", "cached"), [(8, 2, 3), (8, 2, 6), (16, 2, 8), (12, 4, 6)]
)
def test_recent_ones_within_two_points(experts: int, used: int, cached: int, skew: float) -> None:
    """Che's approximation: hits within 2 % of the uses, and each number of them within 0.06."""
    routing = Routing(experts, used, skew)
    found = hits(routing, cached, "recent", None)
    real = served(routing, cached, "recent", 20_000)
    assert mean(found) / used == pytest.approx(mean(tuple(real)) / used, abs=0.02)
    assert found == pytest.approx(real, abs=0.06)


def exact(experts: int, used: int, skew: int, cached: int) -> list[float]:
    """Sums over all sets, in decimals of 60 digits whose exponents do not end."""
    with localcontext() as context:
        context.prec = 60
        weights = [1 / Decimal(rank) ** skew for rank in range(1, experts + 1)]
        inside, outside = _sums(weights[:cached], used), _sums(weights[cached:], used)
        ways = [one * other for one, other in zip(inside, reversed(outside), strict=True)]
        return [float(way / sum(ways)) for way in ways]


def _sums(weights: list[Decimal], used: int) -> list[Decimal]:
    """Over all sets of 0..used of these, the product of their weights."""
    found = [Decimal(1), *[Decimal(0)] * used]
    for weight in weights:
        for size in range(used, 0, -1):
            found[size] += weight * found[size - 1]
    return found


@pytest.mark.parametrize(
    ("experts", "used", "skew", "cached"),
    [(8, 2, 1, 3), (64, 60, 2, 50), (256, 128, 4, 3), (256, 128, 4, 130), (100, 90, 4, 95)],
)
def test_products_too_small_for_floats(experts: int, used: int, skew: int, cached: int) -> None:
    """The products of 128 weights of 256 go down to 1e-1700."""
    routing = Routing(experts, used, float(skew))
    found = hits(routing, cached, "popular", None)
    assert found == pytest.approx(exact(experts, used, skew, cached), abs=1e-12)
    likely = uses(expert_weights(experts, skew), used)
    assert likely.sum() == pytest.approx(used)
    assert (np.diff(likely) <= 1e-12).all()
    assert sum(hits(routing, cached, "recent", None)) == pytest.approx(1)


@pytest.mark.parametrize("keep", ["popular", "recent"])
@pytest.mark.parametrize("skew", [0.0, 1.0])
def test_ends(keep: str, skew: float) -> None:
    routing = Routing(60, 4, skew)
    assert hits(routing, 0, keep, None) == (1, 0, 0, 0, 0)
    assert hits(routing, 60, keep, None) == pytest.approx((0, 0, 0, 0, 1))
    for cached in (1, 30, 59):
        assert sum(hits(routing, cached, keep, None)) == pytest.approx(1)


@pytest.mark.parametrize("keep", ["popular", "recent"])
def test_more_room_serves_more_and_skew_helps(keep: str) -> None:
    by_room = [mean(hits(Routing(32, 4, 1.0), cached, keep, None)) for cached in range(4, 33, 4)]
    by_skew = [mean(hits(Routing(32, 4, skew), 8, keep, None)) for skew in (0.0, 0.5, 1.0, 2.0)]
    assert by_room == sorted(by_room)
    assert by_skew == sorted(by_skew)


def test_popular_ones_are_never_worse_than_recent_ones() -> None:
    """Under this law nothing does better than to keep what is used most."""
    for skew in (0.3, 1.0, 2.0):
        routing = Routing(16, 2, skew)
        recent, popular = (mean(hits(routing, 6, keep, None)) for keep in ("recent", "popular"))
        assert recent <= popular


def test_a_known_hit_rate() -> None:
    found = hits(Routing(8, 2, 1.0), 0, "popular", 0.99)  # as Fate reports
    assert found == pytest.approx((0.0001, 0.0198, 0.9801))


def test_what_is_held_adds_up() -> None:
    likely = uses(expert_weights(20, 1.2), 3)
    assert presence(likely, 7).sum() == pytest.approx(7)
    assert presence(likely, 20) == pytest.approx(np.ones(20))
