"""The SystemVerilog matmul as a shared library: Verilator makes C++ of it, compiled with a bus.

Built when it is first asked for, and kept; see ``builds``.
"""

from __future__ import annotations

import re
from pathlib import Path

from edgesdk.errors import NoDevice

from .builds import HLS, cached, cpp_compiler, run

RTL = HLS / "rtl"
TOP = "edge_matmul_block"  # in Verilog, around edge_matmul
PACKAGES = ("edge_pkg.sv", "registers_pkg.sv")  # every other file stands on these
VERILATOR_FLAGS = ("-O3", "--x-assign", "unique", "--x-initial", "unique", "--noassert")
# Another version may warn of more; sizes that the block refuses are an error all the same.
VERILATOR_WARNINGS = ("-Wno-fatal", "-Werror-USERERROR")
# The generated C++ runs about as fast with -O1, and compiles in half the time.
MODEL_FLAGS = ("-std=c++17", "-O1", "-fPIC", "-shared", "-pthread", "-w")
RUNTIME = ("verilated.cpp", "verilated_threads.cpp")


def rtl_sources() -> list[Path]:
    """The RTL, packages first. Raises ``NoDevice`` (EDGE-0322) without a source tree."""
    modules = sorted(path for path in RTL.glob("edge_*.*v") if path.name not in PACKAGES)
    if not modules:
        raise NoDevice(
            "The RTL of the accelerator is simulated from source, and there is none",
            evidence=f"{RTL} has no SystemVerilog: edgesdk was installed as a package",
            next_step="Use emu:fpga?engine=native, or install from a source tree: pip install -e .",
            code=22,
        )
    return [*(RTL / name for name in PACKAGES), *modules]


def rtl_library(chunk: int, **maxima: int) -> Path:
    """The simulation of the block with so many tokens side by side, and other maxima if given.

    Raises ``NoDevice`` (EDGE-0320) without Verilator, ``InternalFault`` (EDGE-0161) if it fails.
    """
    sources = rtl_sources()
    sizes = [f"-G{name}={value}" for name, value in {"CHUNK": chunk, **maxima}.items()]
    harness = [path for path in sorted(RTL.iterdir()) if path.suffix in {".h", ".hpp", ".cpp"}]
    everything = [*sources, *harness, HLS / "kernels" / "registers.h"]
    recipe = (*VERILATOR_FLAGS, *VERILATOR_WARNINGS, *MODEL_FLAGS, *cpp_compiler(), *sizes)
    ingredients = [*map(str.encode, recipe), *(path.read_bytes() for path in everything)]
    folder = cached("rtl", ingredients, lambda scratch: _build(scratch, sources, sizes))
    return folder / "rtl.so"


def _build(folder: Path, sources: list[Path], sizes: list[str]) -> None:
    """Verilog to C++, then all of it as one translation unit, which spares reading headers."""
    model = folder / "model"
    options = (*sizes, "--top-module", TOP, "--Mdir", str(model))
    flags = (*VERILATOR_FLAGS, *VERILATOR_WARNINGS)
    run(["verilator", "--cc", *flags, *options, *map(str, sources)], "Verilator")
    runtime = _runtime(model)
    whole = model / "whole.cc"
    whole.write_text(_whole(model))
    folders = (runtime, runtime / "vltstd", model, RTL, HLS / "kernels")
    includes = [f"-I{path}" for path in folders]
    inputs = [str(whole), str(RTL / "harness.cpp")]
    output = ["-o", str(folder / "rtl.so")]
    run([*cpp_compiler(), *MODEL_FLAGS, *includes, *inputs, *output], "The C++ compiler")


def _whole(model: Path) -> str:
    """The generated parts in one; what runs only at the start, and the rest, is not optimised."""
    parts = sorted(path.name for path in model.glob("V*.cpp"))
    often = [name for name in parts if "DepSet" in name and "Slow" not in name]
    seldom = [name for name in parts if name not in often]
    lines = [f'#include "{name}"' for name in often]
    lines += ['#pragma GCC optimize("O0")', *(f'#include "{name}"' for name in (*seldom, *RUNTIME))]
    return "\n".join(lines) + "\n"


def _runtime(model: Path) -> Path:
    """Where Verilator's own C++ lies, as the makefile tells that it wrote."""
    makefile = (model / f"V{TOP}.mk").read_text()
    root = re.search(r"^VERILATOR_ROOT = (.+)$", makefile, re.MULTILINE)
    return Path(root[1] if root else "/usr/share/verilator") / "include"
