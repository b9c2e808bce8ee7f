"""Errors and correction as an address says them: ``emu:nand?rber=2e-4&correction=secded``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgesdk.errors import UsageError
from edgesdk.option_values import Reader, one_of, read_options, real, whole

from ..ecc.page_code import COMPARES, MODES, MOST_COPIES
from .cells import HIGHEST_RATE
from .settings import ErrorSettings

OPTIONS: Mapping[str, Reader] = {
    "rber": real(0, HIGHEST_RATE),
    "retention": real(0, 1e6),  # hours
    "cycles": real(0, 1e7),
    "reads": real(0, 1e9),
    "noise": real(0, HIGHEST_RATE),
    "seed": whole(0, 2**63 - 1),
    "correction": one_of(*MODES),
    "copies": whole(1, MOST_COPIES),
    "compare": one_of(*COMPARES),
}
_AGE = ("retention", "cycles", "reads")


def settings(options: Mapping[str, str]) -> tuple[ErrorSettings, dict[str, str]]:
    """The settings in some options, and the options that are none of them.

    Raises ``UsageError``: EDGE-02261 where a value is none, EDGE-02262 where the rate is given as
    well as what it would follow from.
    """
    ours = {key: text for key, text in options.items() if key in OPTIONS}
    values: dict[str, Any] = read_options(ours, OPTIONS, "a NAND device's errors", _refuse)
    age = [key for key in _AGE if key in values]
    if "rber" in values and age:
        raise UsageError(
            "A raw bit error rate is given, and an age from which another would follow",
            evidence=f"rber={options['rber']} beside {', '.join(f'{k}={options[k]}' for k in age)}",
            next_step="Leave out rber, or all of retention, cycles and reads",
            code=262,
        )
    if "retention" in values:
        values["retention_hours"] = values.pop("retention")
    rest = {key: text for key, text in options.items() if key not in OPTIONS}
    return ErrorSettings(**values), rest


def _refuse(what: str, evidence: str) -> UsageError:
    return UsageError(what, evidence=evidence, code=261)
