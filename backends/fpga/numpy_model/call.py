"""One start of the block: what its registers say, and whether that can be done."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..registers.spec import ADDRESS, BLOCKS, FLAG, FLOAT, OPERATION, STATUS
from .floats import flushed
from .ternary import padded_to

LANES = 16  # most sizes are a multiple of it
BLOCK = BLOCKS["decoder"]
DONE = STATUS["done"]


@dataclass(frozen=True)
class Maxima:
    """What this accelerator was built for."""

    hidden: int = 2560
    width: int = 2560  # heads * head_size
    intermediate: int = 6912
    head_size: int = 128
    chunk: int = 8  # it only says so: nothing depends on it


@dataclass(frozen=True)
class Call:
    """The inputs, by the names of ``regs.toml``."""

    numbers: dict[str, int]  # values and addresses
    floats: dict[str, np.float32]

    def __getitem__(self, name: str) -> int:
        return self.numbers[name]

    @property
    def width(self) -> int:
        """Of all query heads."""
        return self["heads"] * self["head_size"]

    @property
    def keys_width(self) -> int:
        """Of all key heads."""
        return self["kv_heads"] * self["head_size"]

    @property
    def wanted(self) -> int:
        """Tokens whose logits are wanted."""
        return self["tokens"] - self["logits_from"] if self.has("head") else 0

    def has(self, flag: str) -> bool:
        """Whether a bit of ``flags`` is set."""
        return bool(self["flags"] & FLAG[flag])

    def matrices(self) -> dict[str, tuple[int, int]]:
        """Rows and inputs of a layer's matrices, in the order of memory."""
        hidden, inner = self["hidden"], self["intermediate"]
        return {
            "query": (self.width, hidden),
            "key": (self.keys_width, hidden),
            "value": (self.keys_width, hidden),
            "output": (hidden, self.width),
            "gate": (inner, hidden),
            "up": (inner, hidden),
            "down": (hidden, inner),
        }


def read_call(registers: NDArray[np.uint32]) -> Call:
    """The inputs as the host wrote them."""
    numbers: dict[str, int] = {}
    floats: dict[str, np.float32] = {}
    for register in BLOCK.inputs:
        place = register.offset // 4
        if register.kind == FLOAT:
            floats[register.name] = flushed(registers[place : place + 1].view(np.float32))[0]
        elif register.kind == ADDRESS:
            numbers[register.name] = int(registers[place]) | int(registers[place + 1]) << 32
        else:
            numbers[register.name] = int(registers[place])
    return Call(numbers, floats)


def refused(call: Call, maxima: Maxima) -> int:
    """The status of a call that cannot be done, whatever memory there is; else ``DONE``."""
    if call["operation"] != OPERATION["forward"]:
        return STATUS["bad_operation"]
    if _badly_shaped(call):
        return STATUS["bad_shape"]
    if (
        call["hidden"] > maxima.hidden
        or call.width > maxima.width
        or call["intermediate"] > maxima.intermediate
        or call["head_size"] > maxima.head_size
    ):
        return STATUS["too_large"]
    if call["start"] + call["tokens"] > call["context"]:
        return STATUS["context_full"]
    return DONE


def _badly_shaped(call: Call) -> bool:
    sizes = ("layers", "hidden", "intermediate", "heads", "kv_heads", "head_size", "context")
    if not all(call[name] for name in (*sizes, "tokens")):
        return True
    if any(call[name] % LANES for name in ("hidden", "intermediate", "head_size")):
        return True
    if call["heads"] % call["kv_heads"] or call["logits_from"] > call["tokens"]:
        return True
    return call.has("head") and not call["vocabulary"]


def padded_vocabulary(call: Call) -> int:
    """Logits of a token, as they lie in memory."""
    return padded_to(LANES, call["vocabulary"])
