"""Does the block that Vitis HLS built have our registers?

    python3 check_registers.py SOLUTION/impl/ip [--header hls/kernels/registers.h]

Finds the header that Vitis HLS writes for software (``xedge_decoder_hw.h``) below the folder and
compares every offset and width with ours. Needs nothing but Python: it runs beside Vitis.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

HEADER = Path(__file__).resolve().parent.parent / "kernels" / "registers.h"
OURS = re.compile(r"#define EDGE_DECODER_(\w+) (0x[0-9A-Fa-f]+)u?(?: /\* (output|address|float)?)?")
THEIRS = re.compile(
    r"#define XEDGE_DECODER_CONTROL_(ADDR|BITS)_(\w+)_(DATA|CTRL)\s+(0x[0-9A-Fa-f]+|\d+)"
)
# What every block has, by the manual; the driver relies on it.
CONTROL = {"AP_CTRL": 0x00, "GIE": 0x04, "IER": 0x08, "ISR": 0x0C}
NOT_REGISTERS = {"IDENTITY_VALUE", "RANGE"}


def ours(text: str) -> dict[str, tuple[int, str]]:
    """Offset and kind of each register of the decoder, by its name in capitals."""
    return {
        name: (int(offset, 16), kind or "value")
        for name, offset, kind in OURS.findall(text)
        if name not in NOT_REGISTERS
    }


def theirs(text: str) -> dict[str, dict[str, int]]:
    """What Vitis says of each argument: its offset, its width, where its valid bit is."""
    found: dict[str, dict[str, int]] = {}
    for what, name, part, number in THEIRS.findall(text):
        if f"{name}_{part}" in CONTROL:
            continue
        key = {"ADDR": "offset", "BITS": "bits"}[what] if part == "DATA" else "valid"
        found.setdefault(name, {})[key] = int(number, 0)
    return found


def differences(our_header: str, their_header: str) -> list[str]:
    """One line for each register that is not the same on both sides; none: they agree."""
    expected, built = ours(our_header), theirs(their_header)
    if not expected:
        return ["our header names no registers of the decoder"]
    lines = list(_control(their_header))
    for name, (offset, kind) in expected.items():
        lines += _register(
            name, offset, kind, built.pop(name, None) or built.pop(f"{name}_R", None)
        )
    return lines + [f"{name.lower()}: built, but not of the register map" for name in built]


def _control(header: str) -> list[str]:
    lines = []
    for name, offset in CONTROL.items():
        found = re.search(rf"#define XEDGE_DECODER_CONTROL_ADDR_{name}\s+(0x[0-9a-fA-F]+)", header)
        if found is None:
            lines.append(f"{name}: not there; is the block's control not on AXI-Lite?")
        elif int(found[1], 16) != offset:
            lines.append(f"{name}: built at {found[1]}, not {offset:#x}")
    return lines


def _register(name: str, offset: int, kind: str, built: dict[str, int] | None) -> list[str]:
    name = name.lower()
    if built is None:
        return [f"{name}: not built; an argument that nothing uses is dropped"]
    bits = 64 if kind == "address" else 32
    lines = []
    if built.get("offset") != offset:
        lines.append(f"{name}: built at {built.get('offset', 0):#x}, not {offset:#x}")
    if built.get("bits") != bits:
        lines.append(f"{name}: {built.get('bits')} bits, not {bits}")
    if kind == "output" and built.get("valid") != offset + 4:
        lines.append(f"{name}: no valid bit at {offset + 4:#x}; is the output also read?")
    return lines


def main() -> None:
    """Compare; print what differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the exported IP, or the header itself")
    parser.add_argument("--header", type=Path, default=HEADER, help="ours")
    chosen = parser.parse_args()
    files = sorted(chosen.folder.rglob("xedge_decoder_hw.h")) or [chosen.folder]
    if not files[0].is_file():
        sys.exit(f"no xedge_decoder_hw.h below {chosen.folder}")
    lines = differences(chosen.header.read_text(), files[0].read_text(errors="replace"))
    for line in lines:
        print(line, file=sys.stderr)
    if lines:
        sys.exit(f"{files[0]} is not the register map of {chosen.header}: do not load this block")
    print(f"the registers are ours: {len(ours(chosen.header.read_text()))} of them")


if __name__ == "__main__":
    main()
