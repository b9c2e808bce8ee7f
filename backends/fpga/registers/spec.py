"""Reads ``regs.toml``: which registers a block has, and where.

The offsets follow the rules by which Vitis HLS places the arguments of a function on AXI-Lite, in
the order of the file: the control registers first, 8 bytes for a value, 12 for an address of two
words (low, high), 16 for an output.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from edgesdk import toml

VALUE, FLOAT, ADDRESS, OUTPUT = "value", "float", "address", "output"
_FIRST_ARGUMENT = 0x10
_SIZES = {VALUE: 8, FLOAT: 8, ADDRESS: 12, OUTPUT: 16}  # bytes

# What every block has at its start, as Vitis HLS gives it to a block with ap_ctrl_hs.
CONTROL, GLOBAL_INTERRUPT, INTERRUPT_ENABLE, INTERRUPT_STATUS = 0x0, 0x4, 0x8, 0xC
START, DONE, IDLE, READY = 1, 2, 4, 8  # bits of CONTROL; reading clears DONE and READY
DONE_INTERRUPT = 1  # bit of INTERRUPT_ENABLE and of INTERRUPT_STATUS, where writing it clears it


@dataclass(frozen=True)
class Register:
    """A value of 32 bits, or an address of 64: its high word lies 4 bytes after ``offset``.

    An output has a second word too, which says in bit 0 that it was written since it was read.
    """

    name: str
    kind: str
    offset: int  # in bytes
    about: str

    @property
    def words(self) -> tuple[int, ...]:
        """The offsets at which the block answers."""
        return (self.offset,) if self.kind in {VALUE, FLOAT} else (self.offset, self.offset + 4)


@dataclass(frozen=True)
class Block:
    """One accelerator: its registers in the order of their offsets."""

    name: str
    vlnv: str  # vendor:library:name:version, as Vivado calls it
    identity: int  # what its output of that name reads
    range: int  # bytes of its address window
    description: str
    registers: tuple[Register, ...]

    def offset(self, name: str) -> int:
        """Where a register is, in bytes. Raises ``KeyError``."""
        return self.register(name).offset

    def register(self, name: str) -> Register:
        """A register by its name. Raises ``KeyError``."""
        return self._by_name[name]

    @property
    def inputs(self) -> tuple[Register, ...]:
        """What the host writes."""
        return tuple(register for register in self.registers if register.kind != OUTPUT)

    @property
    def outputs(self) -> tuple[Register, ...]:
        """What the block writes."""
        return tuple(register for register in self.registers if register.kind == OUTPUT)

    @cached_property
    def _by_name(self) -> dict[str, Register]:
        return {register.name: register for register in self.registers}


def _placed(block: Mapping[str, Any]) -> Iterator[Register]:
    offset = _FIRST_ARGUMENT
    kinds = [(entry, entry.get("type", VALUE)) for entry in block["inputs"]]
    kinds += [(entry, OUTPUT) for entry in block["outputs"]]
    for entry, kind in kinds:
        yield Register(entry["name"], kind, offset, entry["about"])
        offset += _SIZES[kind]


def _block(content: Mapping[str, Any]) -> Block:
    keys = ("name", "vlnv", "identity", "range", "description")
    return Block(**{key: content[key] for key in keys}, registers=tuple(_placed(content)))


_FILE = Path(__file__).parent.parent / "regs.toml"
_CONTENT = toml.document(_FILE, _FILE.read_text(encoding="utf-8"))
BLOCKS: Mapping[str, Block] = {block["name"]: _block(block) for block in _CONTENT["block"]}
MAP_VERSION: int = _CONTENT["map"]["version"]
NUMERIC_VERSION: int = _CONTENT["map"]["numeric_version"]
WEIGHT_VERSION: int = _CONTENT["map"]["weight_version"]
STATUS: Mapping[str, int] = _CONTENT["status"]
OPERATION: Mapping[str, int] = _CONTENT["operation"]
FLAG: Mapping[str, int] = _CONTENT["flag"]
