"""The kernels as they are built for a 64-bit ARM processor, called one by one in Unicorn."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from unicorn import UC_ARCH_ARM64, UC_MODE_ARM, Uc
from unicorn import arm64_const as arm

from edgesdk_backends.cpu.decoder.native import lib
from tests.backends_cpu.kernels.matrices import GROUP, Packed, padded

HERE = Path(__file__).parent
NATIVE = HERE.parents[2] / "backends" / "cpu" / "native"
SOURCES = ("neon.c", "neon_dot.c", "plain.c", "kernels.c", "kernel_test.c")
FLAGS = (
    "-target aarch64-linux-musl -fno-sanitize=all -g0 -std=c11 -O2 -ffp-contract=off -fno-pic "
    "-fno-builtin -fno-stack-protector -Wall -Wextra -Werror"
).split()
LINK = "-nostdlib -static -Wl,--no-gc-sections -Wl,--entry=edge_form_runs".split()
IMAGE, DATA, STACK, STOP = 0x1000000, 0x4000000, 0x8000000, 0x9000000
DOT_PRODUCT = 1 << 20  # what Linux calls HWCAP_ASIMDDP


def build(folder: Path) -> Path:
    """An image of the kernels that needs no C library and no system."""
    compiler = [sys.executable, "-m", "ziglang", "cc", *FLAGS[:2]]
    whole, image = folder / "kernels.o", folder / "kernels.elf"
    sources = [*(str(NATIVE / name) for name in SOURCES), str(HERE / "freestanding.c")]
    command = [*compiler, *FLAGS[2:], "-c", f"-I{NATIVE}", *sources, "-o", str(whole)]
    subprocess.run(command, check=True)
    subprocess.run([*compiler, *LINK, str(whole), "-o", str(image)], check=True)
    return image


class Machine:
    """A processor with or without the dot-product instruction, and the kernels in its memory."""

    def __init__(self, image: Path, has_dot: bool) -> None:
        content = image.read_bytes()
        self.symbols = dict(_symbols(content))
        self.uc = Uc(UC_ARCH_ARM64, UC_MODE_ARM)
        model = arm.UC_CPU_ARM64_MAX if has_dot else arm.UC_CPU_ARM64_A53
        self.uc.ctl_set_cpu_model(model)
        for start in (IMAGE, DATA, STACK):
            self.uc.mem_map(start, 0x1000000)
        self.uc.mem_map(STOP, 0x1000)
        for address, data in _segments(content):
            self.uc.mem_write(address, data)
        self.uc.reg_write(arm.UC_ARM64_REG_CPACR_EL1, 3 << 20)  # vectors are not trapped
        features = struct.pack("<Q", DOT_PRODUCT if has_dot else 0)
        self.uc.mem_write(self.symbols["edge_emulated_features"], features)
        self._free = DATA

    def put(self, data: bytes) -> int:
        """Copy bytes into memory, at a multiple of 64; their address."""
        address = self._free
        self.uc.mem_write(address, data)
        self._free += -(-len(data) // 64) * 64 + 64
        return address

    def call(self, name: str, *arguments: int, scale: float = 0.0) -> int:
        """A function of up to ten integers and one float, by the standard's procedure call."""
        self.uc.mem_write(STACK + 0x800000, struct.pack("<2Q", *(*arguments[8:], 0, 0)[:2]))
        for number, value in enumerate(arguments[:8]):
            self.uc.reg_write(arm.UC_ARM64_REG_X0 + number, value)
        self.uc.reg_write(arm.UC_ARM64_REG_S0, struct.unpack("<I", struct.pack("<f", scale))[0])
        self.uc.reg_write(arm.UC_ARM64_REG_SP, STACK + 0x800000)
        self.uc.reg_write(arm.UC_ARM64_REG_LR, STOP)
        self.uc.emu_start(self.symbols[name], STOP)
        self._free = DATA
        return int(self.uc.reg_read(arm.UC_ARM64_REG_W0))

    def runs(self, form: str) -> bool:
        """Whether the kernels believe that this processor runs a form."""
        return self.call("edge_form_runs", self.put(form.encode() + b"\0")) != 0

    def _matrix(self, packed: Packed) -> int:
        scales = b"" if packed.scales is None else packed.scales.tobytes()
        places = self.put(packed.blocks.tobytes()), self.put(scales)
        return self.put(struct.pack("<2Q3I", *places, packed.rows, packed.depth, packed.packing))

    def _result(self, called: int, y: int, count: int) -> bytes:
        assert called == 0
        return bytes(self.uc.mem_read(y, 4 * count))

    def vector(self, form: str, packed: Packed, x: NDArray[np.int8]) -> NDArray[np.int32]:
        """See ``Packed.vector``."""
        name, matrix = self.put(form.encode() + b"\0"), self._matrix(packed)
        entries = self.put(padded(x[None], packed.packing).tobytes())
        y = self.put(b"\x5a" * 4 * GROUP * packed.groups)
        numbers = (0, packed.groups, entries, int(x.sum(dtype=np.int64)) & 0xFFFFFFFF, y)
        called = self.call("edge_call_ternary_vector", name, matrix, *numbers)
        return np.frombuffer(self._result(called, y, GROUP * packed.groups), "<i4")

    def tile(
        self, form: str, packed: Packed, x: NDArray[np.int8], first: int, count: int
    ) -> NDArray[np.int32]:
        """See ``Packed.tile``."""
        name, matrix = self.put(form.encode() + b"\0"), self._matrix(packed)
        whole = padded(x, packed.packing)
        sums = self.put(x.sum(axis=1, dtype=np.int32).tobytes())
        vectors = (self.put(whole.tobytes()), whole.shape[1], sums, len(x))
        scratch = self.put(b"\xa5" * lib.edge_matrix_scratch(packed.depth))
        y = self.put(b"\x5a" * 256 * len(x))
        arguments = (name, matrix, first, count, *vectors, scratch, y)
        called = self.call("edge_call_ternary_matrix", *arguments)
        return np.frombuffer(self._result(called, y, 64 * len(x)), "<i4").reshape(-1, 64)

    def head(
        self, form: str, packed: Packed, x: NDArray[np.int32], scale: float
    ) -> NDArray[np.float32]:
        """See ``Packed.head``."""
        name, matrix = self.put(form.encode() + b"\0"), self._matrix(packed)
        low = (x + 64) % 128 - 64
        parts = [(x - low) // 128, low]
        high_low = [padded(part.astype(np.int8)[None], packed.packing) for part in parts]
        vectors = [self.put(part.tobytes()) for part in high_low]
        y = self.put(b"\x5a" * 4 * GROUP * packed.groups)
        arguments = (name, matrix, 0, packed.groups, *vectors, int(x.sum()) & 0xFFFFFFFF, y)
        called = self.call("edge_call_head_vector", *arguments, scale=scale)
        return np.frombuffer(self._result(called, y, GROUP * packed.groups), "<f4")


def _segments(elf: bytes) -> list[tuple[int, bytes]]:
    (offset,) = struct.unpack_from("<Q", elf, 32)
    size, count = struct.unpack_from("<2H", elf, 54)
    found = []
    for number in range(count):
        kind, _, start, address, _, stored = struct.unpack_from(
            "<2I4Q", elf, offset + size * number
        )
        if kind == 1:  # PT_LOAD
            found.append((address, elf[start : start + stored]))
    return found


def _symbols(elf: bytes) -> list[tuple[str, int]]:
    (offset,) = struct.unpack_from("<Q", elf, 40)
    size, count = struct.unpack_from("<2H", elf, 58)
    headers = [struct.unpack_from("<2I4Q2I2Q", elf, offset + size * n) for n in range(count)]
    found = []
    for header in headers:
        if header[1] != 2:  # SHT_SYMTAB
            continue
        names = headers[header[6]][4]
        for at in range(header[4], header[4] + header[5], 24):
            name, info, _, _, value = struct.unpack_from("<I2BHQ", elf, at)
            if info & 15 in (1, 2):  # an object or a function
                end = elf.index(b"\0", names + name)
                found.append((elf[names + name : end].decode(), value))
    return found
