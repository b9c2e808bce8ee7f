"""What this machine has for emulated NAND flash."""

from __future__ import annotations

from collections.abc import Sequence

from edgesdk.errors import EdgeError

Row = tuple[str, bool, str]


def rows() -> Sequence[Row]:
    """(what, whether it is there, evidence or remedy)."""
    return [_kernels(), _presets()]


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
