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

    ``changed``: values that are not the preset's. ``rest``: options that are no keys of a design.
    """

    design: Design
    preset: Preset
    changed: Mapping[str, Any]
    rest: Mapping[str, str]


def chosen_design(options: Mapping[str, str]) -> Chosen:
    """Read ``preset=`` and all keys of a design; whoever asks reads the rest.

    Raises ``UsageError``: EDGE-02221 and EDGE-02222 for the preset, EDGE-02223 for a value,
    EDGE-02224 for a design that contradicts itself.
    """
    preset = read_preset(options.get("preset", DEFAULT))
    given = {key: text for key, text in options.items() if key in PARAMETERS}
    readers = {key: PARAMETERS[key].read for key in given}
    values = read_options(given, readers, f"a design like {preset.name}", bad_value)
    other = {key: v for key, v in values.items() if v != preset.entries[key].value}
    rest = {key: text for key, text in options.items() if key not in given and key != "preset"}
    return Chosen(changed(preset.design, other), preset, other, rest)


def assumptions(chosen: Chosen) -> tuple[Assumption, ...]:
    """Every parameter as it took effect, and where its value is from."""
    return tuple(_assumption(key, chosen) for key in PARAMETERS)


def _assumption(key: str, chosen: Chosen) -> Assumption:
    parameter, entry = PARAMETERS[key], chosen.preset.entries[key]
    if key in chosen.changed:
        usual = parameter.text(entry.value)
        source = f"given as an option; {chosen.preset.name} has {usual}"
        return Assumption(key, parameter.text(chosen.changed[key]), source)
    return Assumption(key, _with_band(key, entry), entry.source)


def _with_band(key: str, entry: Entry) -> str:
    parameter, (low, value, high) = PARAMETERS[key], entry.band
    if low == high:
        return parameter.text(value)
    shown = f"{parameter.shown(value)} ({parameter.shown(low)} to {parameter.shown(high)})"
    return f"{shown} {parameter.unit}".rstrip()
