"""Joules of a token, part by part: what moved, times what moving it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from edgesdk.predict import Band

from ..design.chosen import Chosen
from ..design.design import Design
from .traffic import Traffic

CONSTANTS = (
    "read_pj_bit",
    "channel_pj_bit",
    "link_pj_bit",
    "dram_pj_bit",
    "core_pj_mac",
    "npu_pj_mac",
)


@dataclass(frozen=True)
class Part:
    """The energy of one part; ``how``: from what it was counted."""

    name: str
    joules: float
    how: str


def energy(design: Design, traffic: Traffic) -> tuple[Part, ...]:
    """Every part, the array first. They add up to ``joules``."""
    read = traffic.core_bytes + traffic.npu_bytes
    return (
        _moved("array", read, "read_pj_bit", design),
        _moved("channels", traffic.channel_bytes, "channel_pj_bit", design),
        _moved("link", traffic.link_bytes, "link_pj_bit", design),
        _moved("DRAM", traffic.dram_bytes, "dram_pj_bit", design),
        _computed("cores", traffic.core_macs, "core_pj_mac", design),
        _computed("NPU", traffic.npu_macs, "npu_pj_mac", design),
        _standing(design, traffic.seconds),
    )


def joules(design: Design, traffic: Traffic) -> float:
    """The sum of all parts, for sweeps: no text is made."""
    read = traffic.core_bytes + traffic.npu_bytes
    picojoules = (
        8 * read * design.read_pj_bit
        + 8 * traffic.channel_bytes * design.channel_pj_bit
        + 8 * traffic.link_bytes * design.link_pj_bit
        + 8 * traffic.dram_bytes * design.dram_pj_bit
        + traffic.core_macs * design.core_pj_mac
        + traffic.npu_macs * design.npu_pj_mac
    )
    return picojoules / 1e12 + design.static_w * traffic.seconds


def joules_band(chosen: Chosen, traffic: Traffic) -> Band:
    """The sum with all constants of energy at their lowest, as they are, and at their highest.

    A constant that an option gave has no range. The traffic is the same in all three cases.
    """
    cases = [{key: chosen.band(key)[index] for key in CONSTANTS} for index in range(3)]
    best, expected, worst = (joules(_with(chosen.design, case), traffic) for case in cases)
    return Band(best, expected, worst)


def _with(design: Design, constants: Mapping[str, float]) -> Design:
    return replace(design, **constants)  # type: ignore[arg-type]


def _moved(name: str, count: float, key: str, design: Design) -> Part:
    constant = getattr(design, key)
    how = f"{count / 1e6:,.1f} MB at {constant:g} pJ/bit ({key})"
    return Part(name, 8 * count * constant / 1e12, how)


def _computed(name: str, products: float, key: str, design: Design) -> Part:
    constant = getattr(design, key)
    how = f"{products / 1e6:,.1f} M products at {constant:g} pJ ({key})"
    return Part(name, products * constant / 1e12, how)


def _standing(design: Design, seconds: float) -> Part:
    how = f"{seconds * 1e3:,.3f} ms at {design.static_w:g} W (static_w)"
    return Part("standing", design.static_w * seconds, how)
