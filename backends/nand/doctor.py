"""What this machine has for emulated NAND flash."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from edgesdk.errors import EdgeError

Row = tuple[str, bool, str]


def rows() -> Sequence[Row]:
    """(what, whether it is there, evidence or remedy)."""
    return [
        _kernels(),
        _presets(),
        _optional("matplotlib", "report", "plots of 'bench --errors' and 'predict --sweep'"),
        _optional("distributed", "dask", "sweeps on many machines"),
    ]


def _kernels() -> Row:
    try:
        from . import native_library  # noqa: F401 - whether it loads is the question
    except EdgeError as error:
        return ("emu:nand", False, error.evidence or error.what)
    return ("emu:nand", True, "its kernels load")


def _presets() -> Row:
    from .design.preset import preset_names, read_preset

    try:
        found = [read_preset(name).name for name in preset_names()]
    except EdgeError as error:
        return ("emu:nand presets", False, f"{error.what}: {error.evidence}")
    return ("emu:nand presets", bool(found), ", ".join(found))


def _optional(module: str, extra: str, what: str) -> Row:
    there = find_spec(module) is not None
    told = f"for {what}" if there else f"optional, for {what}: pip install 'edgesdk[{extra}]'"
    return (f"emu:nand {module}", there, told)
