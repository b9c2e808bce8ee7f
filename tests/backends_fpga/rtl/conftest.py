"""The simulated block, built once and kept between runs of the tests."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable

import pytest

from edgesdk_backends.fpga.emulator.rtl_build import rtl_library
from edgesdk_backends.fpga.emulator.rtl_simulation import BusMemory, Simulation

Simulate = Callable[..., Simulation]  # chunk, and other maxima


@functools.cache
def opened(chunk: int, **maxima: int) -> Simulation:
    return Simulation(rtl_library(chunk, **maxima))


@pytest.fixture
def simulate() -> Simulate:
    """A block of so many tokens, with a memory that never makes it wait."""
    if shutil.which("verilator") is None:
        pytest.skip("verilator is not installed: it simulates the RTL")

    def block(chunk: int, **maxima: int) -> Simulation:
        simulation = opened(chunk, **maxima)
        simulation.configure(BusMemory())
        return simulation

    return block


@pytest.fixture
def block(simulate: Simulate) -> Simulation:
    """The block as it is by default, 8 tokens."""
    return simulate(8)
