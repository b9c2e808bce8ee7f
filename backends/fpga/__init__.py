"""The FPGA accelerator of ternary decoders: on a board through PYNQ, or emulated."""

from __future__ import annotations

from .backend import FpgaBackend

backend = FpgaBackend()

__all__ = ["FpgaBackend", "backend"]
