"""An NPU with compute inside NAND flash, emulated: function, time, errors, energy and wear."""

from __future__ import annotations

from .backend import NandBackend

backend = NandBackend()

__all__ = ["NandBackend", "backend"]
