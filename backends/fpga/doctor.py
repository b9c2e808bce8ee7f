"""What this machine has for FPGAs: the emulator's engines, and what each still lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from shutil import which

from edgesdk.errors import EdgeError

from .driver.patience import AP_INT, CHECKED, NATIVE, NUMPY, RTL
from .emulator.builds import ap_int_headers, cpp_compiler, engine_sources
from .emulator.engines import open_engine
from .emulator.rtl_build import rtl_sources

Row = tuple[str, bool, str]

_SOURCES = "a source tree (there: pip install -e .)"
_HEADERS = "hls4ml (pip install 'edgesdk[dev]')"


def rows() -> Sequence[Row]:
    """(what, whether it is there, evidence or remedy). Compiles nothing."""
    return [
        _shipped(NATIVE),
        _shipped(CHECKED),
        (_address(NUMPY), True, "slow: the plain form that the others are checked against"),
        _built(AP_INT, {_SOURCES: _gives(engine_sources), _HEADERS: _gives(ap_int_headers)}),
        _built(RTL, {_SOURCES: _gives(rtl_sources), "verilator": bool(which("verilator"))}),
        _pynq(),
    ]


def _address(engine: str) -> str:
    return f"emu:fpga?engine={engine}"


def _shipped(engine: str) -> Row:
    try:
        open_engine(engine)
    except EdgeError as error:
        return (_address(engine), False, error.evidence or error.what)
    return (_address(engine), True, "came with the install")


def _built(engine: str, needs: Mapping[str, bool]) -> Row:
    """``needs``: whether each thing is there."""
    command = cpp_compiler()
    needs = {**needs, "a C++ compiler": bool(command and which(command[0]))}
    lacking = " and ".join(name for name, there in needs.items() if not there)
    told = f"optional; it lacks {lacking}" if lacking else "compiled when it is first used"
    return (_address(engine), not lacking, told)


def _gives(look: Callable[[], object]) -> bool:
    try:
        look()
    except EdgeError:
        return False
    return True


def _pynq() -> Row:
    try:
        return ("pynq:", True, f"pynq {version('pynq')}")
    except PackageNotFoundError:
        return ("pynq:", False, "on its board only: docs/how-to/install.md")
