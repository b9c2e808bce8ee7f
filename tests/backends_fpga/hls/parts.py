"""Parts of the HLS C++ by themselves, in any build; the matmul as a function on arrays."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edgesdk.errors import MissingExtra
from edgesdk.native import load
from edgesdk_backends.fpga.emulator import builds
from edgesdk_backends.fpga.emulator.shared_library import DESCRIPTION
from edgesdk_backends.fpga.weights.index_code import padded_rows, port_streams, tiles_of

STRICT = [flag for flag in (*builds.FLAGS, "-Werror") if flag != "-O3"]


class Matmul:
    """``edge_fpga_matmul`` of one library."""

    def __init__(self, path: Path) -> None:
        self.ffi, self.lib = load(path, DESCRIPTION)

    def __call__(self, weights: NDArray[np.int8], codes: NDArray[np.int8]) -> NDArray[np.int32]:
        """Weights [rows, inputs] times codes [tokens, inputs]: [tokens, rows]."""
        return self.prepared(weights, codes)()

    def prepared(
        self, weights: NDArray[np.int8], codes: NDArray[np.int8]
    ) -> Callable[[], NDArray[np.int32]]:
        """The same as a call that has nothing left to do but to multiply."""
        tokens, inputs = codes.shape
        tiles = tiles_of(inputs)
        padded = np.zeros((tokens, 96 * tiles), np.int8)
        padded[:, :inputs] = codes
        sums = np.full((tokens, padded_rows(len(weights))), -1, np.int32)
        buffer = self.ffi.from_buffer
        kept = [buffer("uint8_t[]", port.copy()) for port in port_streams(weights)]
        ports = self.ffi.new("const uint8_t *[4]", kept)
        out = buffer("int32_t[]", sums, require_writable=True)
        arguments = (sums.shape[1], tiles, tokens, buffer("int8_t[]", padded), out)

        def call() -> NDArray[np.int32]:
            assert kept and self.lib.edge_fpga_matmul(ports, *arguments) == 0
            return sums[:, : len(weights)]

        return call


def vendor_flags() -> list[str]:
    """For the vendor's integers, out of the headers that hls4ml brings."""
    try:
        return [*builds.AP_INT, "-isystem", str(builds.ap_int_headers())]
    except MissingExtra:
        pytest.skip("hls4ml is not installed: it brings the vendor's integers")


def compiled(folder: Path, compiler: str, *flags: str, source: str = "parts") -> Path:
    """The library of one source of the emulator, the matmul's: only what it needs is compiled."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed: it compiles {source}.cpp")
    built = folder / f"{source}-{compiler}.so"
    includes = [f"-I{builds.HLS / name}" for name in ("emulator", "kernels")]
    path = builds.HLS / "emulator" / f"{source}.cpp"
    options = [*STRICT, *flags, *includes, "-fPIC", "-shared"]
    subprocess.run([compiler, *options, path, "-o", built], check=True)
    return built


def expected(weights: NDArray[np.int8], codes: NDArray[np.int8]) -> NDArray[np.int64]:
    return codes.astype(np.int64) @ weights.astype(np.int64).T


def drawn(
    seed: int, rows: int, inputs: int, tokens: int
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Ternary weights, and codes over their whole range."""
    random = np.random.default_rng(seed)
    weights = random.integers(-1, 2, (rows, inputs)).astype(np.int8)
    return weights, random.integers(-127, 128, (tokens, inputs)).astype(np.int8)
