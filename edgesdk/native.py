"""The C library of ``firmware/lib``, compiled for this machine: ``ffi`` and ``lib``.

``lib`` has the functions and constants that the headers there declare; importing this module
raises ``InternalFault`` (EDGE-0110) where the library was not built or does not load.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from .errors import InternalFault


def load(path: Path, description: str) -> tuple[Any, Any]:
    """Open a native library with the module that describes it to cffi."""
    try:
        ffi = import_module(description).ffi
        return ffi, ffi.dlopen(str(path))
    except (ImportError, OSError) as error:
        raise InternalFault(
            "The native library of edgesdk does not load",
            evidence=str(error),
            next_step="Install again with a C compiler at hand: pip install --force-reinstall "
            "edgesdk; in a source tree: pip install -e .",
            code=10,
        ) from error


ffi, lib = load(Path(__file__).with_name("_native.so"), "edgesdk._native_abi")
