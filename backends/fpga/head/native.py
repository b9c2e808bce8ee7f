"""The kernels that the host computes logits with: the C of ``backends/cpu/native``, built for us.

Importing this module raises ``InternalFault`` (EDGE-0110) where it was not built or does not load.
"""

from __future__ import annotations

from pathlib import Path

from edgesdk.native import load

ffi, lib = load(
    Path(__file__).parents[1] / "_host_kernels.so", "edgesdk_backends.fpga._host_kernels_abi"
)
