"""The design that options choose: a preset, and any parameter of it by its key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgesdk.option_values import read_options
from edgesdk.predict import Assumption

from .consistency import bad_value, changed
from .design import Design
from .parameters import PARAMETERS
from .preset import Entry, Preset, read_preset

DEFAULT = "cambricon-l"


@dataclass(frozen=True)
class Chosen:
    """A design, and how it came about.

    ``given``: values of options, the preset's own among them. ``rest``: options that are no keys of
    a design.
    """

    design: Design
    preset: Preset
    given: Mapping[str, Any]
    rest: Mapping[str, str]

    @property
    def changed(self) -> dict[str, Any]:
        """Values that are not the preset's."""
        entries = self.preset.entries
        return {key: value for key, value in self.given.items() if value != entries[key].value}

    def band(self, key: str) -> tuple[Any, Any, Any]:
        """Low, value, high of a parameter; three times the value where an option gave it."""
        if key in self.given:
            return (self.given[key],) * 3
        return self.preset.entries[key].band


def chosen_design(options: Mapping[str, str]) -> Chosen:
    """Read ``preset=`` and all keys of a design; whoever asks reads the rest.

    Raises ``UsageError``: EDGE-02221 and EDGE-02222 for the preset, EDGE-02223 for a value,
    EDGE-02224 for a design that contradicts itself.
    """
    preset = read_preset(options.get("preset", DEFAULT))
    texts = {key: text for key, text in options.items() if key in PARAMETERS}
    given = read_keys(texts, preset)
    rest = {key: text for key, text in options.items() if key not in texts and key != "preset"}
    return Chosen(changed(preset.design, given), preset, given, rest)


def read_keys(texts: Mapping[str, str], preset: Preset) -> dict[str, Any]:
    """The values of some keys of a design. Raises ``UsageError`` (EDGE-02223)."""
    readers = {key: PARAMETERS[key].read for key in texts}
    return read_options(texts, readers, f"a design like {preset.name}", bad_value)


def assumptions(chosen: Chosen) -> tuple[Assumption, ...]:
    """Every parameter as it took effect, and where its value is from."""
    return tuple(_assumption(key, chosen) for key in PARAMETERS)


def _assumption(key: str, chosen: Chosen) -> Assumption:
    parameter, entry = PARAMETERS[key], chosen.preset.entries[key]
    if key in chosen.given:
        usual = parameter.text(entry.value)
        source = f"given as an option; {chosen.preset.name} has {usual}"
        return Assumption(key, parameter.text(chosen.given[key]), source)
    return Assumption(key, _with_band(key, entry), entry.source)


def _with_band(key: str, entry: Entry) -> str:
    parameter, (low, value, high) = PARAMETERS[key], entry.band
    if low == high:
        return parameter.text(value)
    shown = f"{parameter.shown(value)} ({parameter.shown(low)} to {parameter.shown(high)})"
    return f"{shown} {parameter.unit}".rstrip()
