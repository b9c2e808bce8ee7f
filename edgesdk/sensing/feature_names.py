"""Names of features, as people write them: ``rms``, ``psd_50_140``, ``azc_0.4@2``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import DoesNotFit
from ..native import ffi, lib
from .feature_tables import MEL, MFCC, Settings

ENVELOPE_WIDTH = 50  # Hz, where a name gives only the lower end


@dataclass(frozen=True)
class Feature:
    """One feature as the device knows it: ``struct edge_feature``."""

    name: str
    kind: str
    channel: int
    a: int
    b: int

    @property
    def number(self) -> int:
        """The kind's number."""
        return KINDS[self.kind]

    @property
    def bits(self) -> int:
        """Fraction bits of its values."""
        return int(lib.edge_feature_bits(self.number))


def _kinds() -> dict[str, int]:
    found: dict[str, int] = {}
    while name := lib.edge_feature_name(len(found) + 1):
        found[ffi.string(name).decode()] = len(found) + 1
    return found


KINDS: Mapping[str, int] = _kinds()  # number of each kind by its name
CENTRED = frozenset({"zcr", "rms", "crest"})  # which may take the mean away first
_NUMBER = r"_(\d+(?:\.\d+)?)"
_FORMS = {
    **dict.fromkeys(KINDS, ""),
    **dict.fromkeys(CENTRED, "(_centred)?"),
    **{name: r"_(\d+)" for name in KINDS if name in MEL | MFCC},
    "psd": _NUMBER + _NUMBER,
    "envelope": r"_(\d+)(?:_(\d+))?",
    "azc": _NUMBER,
}
_CHANNEL = r"(?:@(?P<bars>\|?)(?P<channel>\d+)(?P=bars))?"
_PATTERNS = {name: re.compile(name + form + _CHANNEL) for name, form in _FORMS.items()}


def _match(name: str) -> tuple[str, re.Match[str]]:
    for kind, pattern in _PATTERNS.items():
        if found := pattern.fullmatch(name):
            return kind, found
    raise DoesNotFit(
        f"There is no feature {name!r}",
        evidence="features are " + ", ".join(sorted(KINDS)),
        next_step="See edgesdk.sensing.features for how they are named",
        code=80,
    )


def kind_of(name: str) -> str:
    """The kind of a feature by its name. Raises ``DoesNotFit`` (EDGE-0980)."""
    return _match(name)[0]


def read_feature(name: str, settings: Settings, units: Sequence[float]) -> Feature:
    """A feature by its name; ``units`` are steps of a channel's samples to its unit.

    Raises ``DoesNotFit``: EDGE-0980 where there is no such feature, EDGE-0982 where the settings do
    not have its channel, or no bin of the power density is in its band.
    """
    kind, found = _match(name)
    base = int(found["channel"] or 0)
    if base >= settings.channels:
        raise not_there(name, f"there are {settings.channels} channels")
    a, b = _numbers(name, kind, found, settings, units[base])
    channel = base + (settings.channels if found["bars"] else 0)
    return Feature(name, kind, channel, a, b)


def not_there(name: str, evidence: str) -> DoesNotFit:
    """The error of a feature that the settings do not give (EDGE-0982)."""
    return DoesNotFit(
        f"Feature {name!r} cannot be had with these settings",
        evidence=evidence,
        next_step="Change the settings, or leave the feature out",
        code=82,
    )


def _numbers(
    name: str, kind: str, found: re.Match[str], settings: Settings, unit: float
) -> tuple[int, int]:
    """a and b of ``struct edge_feature``; features.h says what they are."""
    if kind == "psd":
        return _bins(name, settings, float(found[1]), float(found[2]))
    if kind == "azc":
        return round(float(found[1]) * unit), 0
    if kind == "envelope":
        low = int(found[1])
        return low, int(found[2] or low + ENVELOPE_WIDTH)
    if kind in CENTRED:
        return int(found[1] is not None), 0
    return (int(found[1]), 0) if kind in MEL | MFCC else (0, 0)


def _bins(name: str, settings: Settings, low: float, high: float) -> tuple[int, int]:
    hertz = settings.bin_hertz()
    inside = np.flatnonzero((hertz >= low) & (hertz <= high))
    if not len(inside):
        raise not_there(name, f"its bins are {hertz[1]:.3f} Hz apart")
    return int(inside[0]), int(inside[-1])
