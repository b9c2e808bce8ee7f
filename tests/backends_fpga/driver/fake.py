"""An engine that computes next to nothing, but needs all that a driver has to get right."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk_backends.fpga.driver.driver import Driver
from edgesdk_backends.fpga.driver.hal import Buffer, Hal
from edgesdk_backends.fpga.driver.shape import Addresses, Shape
from edgesdk_backends.fpga.registers import (
    BLOCKS,
    MAP_VERSION,
    NUMERIC_VERSION,
    OPERATION,
    STATUS,
    WEIGHT_VERSION,
)

BLOCK = BLOCKS["decoder"]
OUTPUTS = {
    "identity": BLOCK.identity,
    "map_version": MAP_VERSION,
    "numeric_version": NUMERIC_VERSION,
    "weight_version": WEIGHT_VERSION,
    "tables": 32,
    "lanes": 4,
    "chunk": 8,
    "max_hidden": 64,
    "max_width": 64,
    "max_intermediate": 128,
    "max_head_size": 16,
}
SHAPE = Shape(
    layers=2,
    hidden=32,
    intermediate=64,
    heads=2,
    kv_heads=1,
    head_size=16,
    vocabulary=0,
    context=8,
    relu_squared=True,
    sub_norms=False,
    epsilon=1e-5,
)


@dataclass
class FakeEngine:
    """A forward pass adds the first byte of each weight port to the states, as floats."""

    name: str = "fake"
    status: int = STATUS["done"]
    failure: Exception | None = None
    gate: threading.Event | None = None  # it waits for it, at most ten seconds
    seen: list[dict[str, Any]] = field(default_factory=list)
    running: int = 0
    most_running: int = 0

    def start(self, registers: NDArray[np.uint32], memory: NDArray[np.uint8], base: int) -> int:
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            if self.gate is not None:
                self.gate.wait(10)
            return self._start(registers, memory, base)
        finally:
            self.running -= 1

    def _start(self, registers: NDArray[np.uint32], memory: NDArray[np.uint8], base: int) -> int:
        if self.failure is not None:
            raise self.failure
        values = read_inputs(registers)
        self.seen.append(values)
        if values["operation"] == OPERATION["identify"]:
            for name, value in OUTPUTS.items():
                registers[BLOCK.offset(name) // 4] = value
            return STATUS["done"]
        count = values["tokens"] * values["hidden"]
        offset = values["states"] - base
        if not 0 <= offset <= len(memory) - 4 * count:
            return STATUS["bus_error"]
        states = memory[offset : offset + 4 * count].view(np.float32)
        states += sum(int(memory[values[f"weights_{port}"] - base]) for port in range(4))
        return self.status


def read_inputs(registers: NDArray[np.uint32]) -> dict[str, Any]:
    """What was written, by name: floats as floats, addresses whole."""
    found: dict[str, Any] = {}
    for register in BLOCK.inputs:
        words = [int(registers[offset // 4]) for offset in register.words]
        if register.kind == "float":
            found[register.name] = float(np.array(words, np.uint32).view(np.float32)[0])
        else:
            found[register.name] = sum(word << 32 * i for i, word in enumerate(words))
    return found


class CountingHal:
    """Passes everything on, and keeps what was written and how often was read."""

    def __init__(self, hal: Hal) -> None:
        self._hal = hal
        self.writes: list[tuple[int, int]] = []
        self.reads = 0

    def write(self, offset: int, value: int) -> None:
        self.writes.append((offset, value))
        self._hal.write(offset, value)

    def read(self, offset: int) -> int:
        self.reads += 1
        return self._hal.read(offset)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._hal, name)


MakeHal = Callable[..., Hal]


@dataclass
class Model:
    """Buffers of a model that is there only to be driven."""

    weights: list[Buffer]
    states: Buffer
    addresses: Addresses

    def fill(self, *first: int) -> None:
        """The first byte of each port."""
        for buffer, byte in zip(self.weights, first, strict=True):
            buffer.array[:] = 0
            buffer.array[0] = byte
            buffer.flush()

    def put(self, value: float) -> None:
        self.states.array.view(np.float32)[:] = value
        self.states.flush()

    def get(self) -> NDArray[np.float32]:
        self.states.invalidate()
        return self.states.array.view(np.float32)

    def free(self) -> None:
        for buffer in (*self.weights, self.states):
            buffer.free()


def placed(hal: Hal, tokens: int = 4) -> Model:
    """Every buffer that the driver needs an address of; caches and norms share one page."""
    weights = [hal.allocate(4096) for _ in range(4)]
    states = hal.allocate(4 * tokens * SHAPE.hidden)
    spare = weights[0].address
    addresses = Addresses(
        weights=(*(buffer.address for buffer in weights),),  # type: ignore[arg-type]
        parameters=spare,
        rotations=spare,
        keys=(spare, spare),
        values=(spare, spare),
        states=states.address,
    )
    model = Model(weights, states, addresses)
    model.fill(1, 2, 3, 4)
    return model


def ready(hal: Hal) -> tuple[Driver, Model]:
    """A driver with a model in it; a Hal of PYNQ finds its bitstream by itself."""
    driver = Driver(hal, getattr(hal, "bitstream", None))
    model = placed(hal)
    driver.load(SHAPE, model.addresses)
    return driver, model
