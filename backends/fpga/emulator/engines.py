"""The engines of the emulator, by name."""

from __future__ import annotations

from ..driver.patience import NUMPY, RTL
from .engine import Engine


def open_engine(name: str) -> Engine:
    """An engine. Raises ``NoDevice`` where a compiler or simulator that it needs is not there."""
    if name == NUMPY:
        from ..numpy_model.engine import NumpyEngine

        return NumpyEngine()
    if name == RTL:
        from .rtl import RtlEngine

        return RtlEngine()
    from .builds import open_build

    return open_build(name)
