"""Writes what is made from the register specification: a C header and a SystemVerilog package."""

from __future__ import annotations

from pathlib import Path

from edgesdk_backends.fpga.registers.header import c_header
from edgesdk_backends.fpga.registers.system_verilog import system_verilog_package

HLS = Path(__file__).parent.parent / "hls"
MADE = {
    HLS / "kernels" / "registers.h": c_header,
    HLS / "rtl" / "registers_pkg.sv": system_verilog_package,
}


def main() -> None:
    """Write every file that has changed."""
    for path, made in MADE.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != made():
            path.write_text(made())
            print(path.relative_to(HLS.parent))


if __name__ == "__main__":
    main()
