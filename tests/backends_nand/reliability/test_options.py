"""Errors as an address says them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edgesdk import EdgeError
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.memory.protection import page_codes
from edgesdk_backends.nand.reliability.options import OPTIONS, settings
from edgesdk_backends.nand.reliability.settings import ErrorSettings


def test_without_options_nothing_is_wrong() -> None:
    found, rest = settings({"preset": "cambricon-s", "channels": "4"})
    assert found == ErrorSettings()
    assert not found.active
    assert rest == {"preset": "cambricon-s", "channels": "4"}
    assert not found.rates(np.arange(3), "tlc").any()


def test_every_option_is_read() -> None:
    texts = {"rber": "2e-4", "noise": "1e-6", "seed": "5", "correction": "secded", "copies": "4"}
    found, rest = settings({**texts, "compare": "signed", "name": "a"})
    assert found == ErrorSettings(
        rber=2e-4, noise=1e-6, seed=5, correction="secded", copies=4, compare="signed"
    )
    assert rest == {"name": "a"}
    aged, _ = settings({"retention": "720", "cycles": "500", "reads": "10"})
    assert (aged.retention_hours, aged.cycles, aged.reads) == (720, 500, 10)
    assert set(OPTIONS) == {*texts, "compare", "retention", "cycles", "reads"}


@pytest.mark.parametrize(
    ("text", "active"),
    [("rber=0", False), ("noise=0", False), ("rber=1e-9", True), ("noise=1e-9", True),
     ("cycles=0", True), ("retention=0", True), ("copies=3", False)],
)  # fmt: skip
def test_active(text: str, active: bool) -> None:
    key, value = text.split("=")
    assert settings({key: value})[0].active is active


def test_the_law_takes_each_pages_erases() -> None:
    """30 days at 500 cycles: 6.9e-3 for TLC, a hundredth for SLC."""
    aged = ErrorSettings(retention_hours=720, cycles=400)
    rates = aged.rates(np.array([0, 100]), "tlc")
    assert rates[0] < rates[1] == pytest.approx(6.9e-3, rel=0.02)
    assert aged.rates(np.array([100]), "slc") == pytest.approx(rates[1] / 100)
    assert (ErrorSettings(rber=1e-3).rates(np.array([0, 9999]), "tlc") == 1e-3).all()


@pytest.mark.parametrize(
    "text",
    ["rber=-1", "rber=0.6", "rber=x", "noise=nan", "cycles=1e8", "retention=-1", "reads=1e10",
     "seed=-1", "seed=1.5", "copies=0", "copies=9", "correction=ldpc", "compare=size"],
)  # fmt: skip
def test_wrong_values_are_refused(text: str) -> None:
    key, value = text.split("=")
    with pytest.raises(EdgeError) as caught:
        settings({key: value})
    assert caught.value.id == "EDGE-02261"
    assert key in caught.value.what


@pytest.mark.parametrize("age", ["retention", "cycles", "reads"])
def test_a_rate_and_an_age_contradict_each_other(age: str) -> None:
    with pytest.raises(EdgeError) as caught:
        settings({"rber": "1e-4", age: "10"})
    assert caught.value.id == "EDGE-02262"
    assert f"{age}=10" in caught.value.evidence


def test_the_code_of_a_weight_format() -> None:
    design = read_preset("cambricon-s").design
    usual = page_codes(design, (8, 4, 2))
    assert [usual[bits].mode for bits in (8, 4, 2)] == ["exact", "exact", "words"]
    small = replace(design, page_bytes=4096)
    chosen = page_codes(small, (8,), mode="paper", copies=4, compare="signed")[8]
    assert (chosen.mode, chosen.copies, chosen.compare) == ("paper", 4, "signed")
    with pytest.raises(EdgeError) as caught:
        page_codes(design, (2,), mode="paper")
    assert caught.value.id == "EDGE-02259"
