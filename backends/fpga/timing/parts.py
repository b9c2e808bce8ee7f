"""Evaluating a design: the same equations in each of the three cases, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from edgesdk.predict import Band, Term

from .profile import CASES, Profile


@dataclass(frozen=True)
class Part:
    """One part of the time in one case."""

    name: str
    seconds: float
    limit: str
    how: str


def counted(count: int, one: str, more: str = "") -> str:
    """A number of things in words."""
    return f"{count} {one if count == 1 else more or one + 's'}"


def banded(profile: Profile, evaluate: Callable[[Any], Sequence[Part]]) -> tuple[Term, ...]:
    """The parts in all three cases; what sets each is said for the expected one."""
    best, expected, worst = (evaluate(profile.at(case)) for case in CASES)
    return tuple(
        Term(now.name, Band(low.seconds, now.seconds, high.seconds), now.limit, now.how)
        for low, now, high in zip(best, expected, worst, strict=True)
    )
