"""The CPU of this machine: onnxruntime, LiteRT and our own signal operators, over a local store."""

from __future__ import annotations

from .backend import CpuBackend

backend = CpuBackend()

__all__ = ["CpuBackend", "backend"]
