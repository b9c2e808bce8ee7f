"""Runs TFLite graphs of signal operators, the audio front ends of TensorFlow Lite Micro.

LiteRT lacks those operators. Ours are the C kernels of ``firmware/lib/signal``, the same that a
microcontroller runs, so a graph gives the same bits on both.
"""

from __future__ import annotations

from .graph import SignalGraph
from .names import supports

__all__ = ["SignalGraph", "supports"]
