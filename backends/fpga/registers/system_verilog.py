"""The matmul's registers as a SystemVerilog package."""

from __future__ import annotations

from collections.abc import Iterator

from .spec import BLOCKS, MAP_VERSION, STATUS, WEIGHT_VERSION, Block


def system_verilog_package() -> str:
    """The text of ``hls/rtl/registers_pkg.sv``: offsets of 12 bits, values of 32."""
    lines = [
        "// Made from backends/fpga/regs.toml by tools/make_registers.py: change that.",
        "// Offsets are in bytes; an address has its high word 4 bytes further.",
        "/* verilator lint_off UNUSED */",
        "package registers_pkg;",
        _value("MAP_VERSION", MAP_VERSION),
        _value("WEIGHT_VERSION", WEIGHT_VERSION),
        *(_value(f"STATUS_{name.upper()}", number) for name, number in STATUS.items()),
        *_block(BLOCKS["matmul"]),
        "endpackage",
        "/* verilator lint_on UNUSED */",
    ]
    return "\n".join([*lines, ""])


def _value(name: str, number: int) -> str:
    return f"  localparam logic [31:0] {name} = 32'h{number:08X};"


def _block(block: Block) -> Iterator[str]:
    prefix = block.name.upper()
    yield from ("", f"  // {block.description}")
    yield _value(f"{prefix}_IDENTITY_VALUE", block.identity)
    for register in block.registers:
        note = f"  // {register.about}" if register.about else ""
        name = f"{prefix}_{register.name.upper()}"
        yield f"  localparam logic [11:0] {name} = 12'h{register.offset:03X};{note}"
