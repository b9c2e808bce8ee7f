"""The C library of ``backends/nand/native``: ``ffi`` and ``lib``.

Importing this module raises ``InternalFault`` (EDGE-0110) where it was not built or does not load.
"""

from __future__ import annotations

from pathlib import Path

from edgesdk.native import load

ffi, lib = load(Path(__file__).with_name("_kernels.so"), "edgesdk_backends.nand._kernels_abi")
