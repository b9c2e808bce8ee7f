"""The registers as a C header, for the HLS kernels and the emulators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .spec import (
    ADDRESS,
    BLOCKS,
    FLAG,
    FLOAT,
    MAP_VERSION,
    NUMERIC_VERSION,
    OPERATION,
    OUTPUT,
    STATUS,
    WEIGHT_VERSION,
    Block,
    Register,
)

_NOTES = {ADDRESS: "address, low word first", FLOAT: "float", OUTPUT: "output"}


def c_header() -> str:
    """The text of ``hls/kernels/registers.h``; every number in it is unsigned."""
    lines = [
        "/* Made from backends/fpga/regs.toml by tools/make_registers.py: change that. */",
        "#ifndef EDGE_FPGA_REGISTERS_H",
        "#define EDGE_FPGA_REGISTERS_H",
        "",
        f"#define EDGE_MAP_VERSION {MAP_VERSION}u",
        f"#define EDGE_NUMERIC_VERSION {NUMERIC_VERSION}u",
        f"#define EDGE_WEIGHT_VERSION {WEIGHT_VERSION}u",
        *_named("status", STATUS),
        *_named("operation", OPERATION),
        *_named("flag", FLAG),
    ]
    for block in BLOCKS.values():
        lines += _block(block)
    return "\n".join([*lines, "", "#endif", ""])


def _named(group: str, numbers: Mapping[str, int]) -> Iterator[str]:
    yield ""
    for name, number in numbers.items():
        yield f"#define EDGE_{group.upper()}_{name.upper()} {number}u"


def _block(block: Block) -> Iterator[str]:
    prefix = f"EDGE_{block.name.upper()}"
    yield from ("", f"/* {block.description} Offsets are in bytes. */")
    yield f"#define {prefix}_IDENTITY_VALUE 0x{block.identity:08X}u"
    yield f"#define {prefix}_RANGE 0x{block.range:X}u"
    for register in block.registers:
        yield f"#define {prefix}_{register.name.upper()} 0x{register.offset:03X}u{_note(register)}"


def _note(register: Register) -> str:
    kind = _NOTES.get(register.kind, "")
    text = ": ".join(part for part in (kind, register.about) if part)
    return f" /* {text} */" if text else ""
