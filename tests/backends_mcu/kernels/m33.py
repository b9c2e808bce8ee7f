"""The runtime as it is built for the Cortex-M33, called function by function in Unicorn.

Instructions are counted block by block, and by function: this is where the figures of
instructions per multiply-accumulate come from.
"""

from __future__ import annotations

import bisect
import struct
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from unicorn import UC_ARCH_ARM, UC_HOOK_BLOCK, UC_MODE_MCLASS, UC_MODE_THUMB, Uc
from unicorn import arm_const as arm

ROOT = Path(__file__).parents[3]
NN = ROOT / "firmware" / "lib" / "nn"
CODE, PLAN, RAM = 0x10000000, 0x20000000, 0x30000000
ARENA, STACK, OUT, STOP = RAM, RAM + 0x180000, RAM + 0x1F0000, RAM + 0x1FF000
FLAGS = (
    "-target thumb-freestanding-eabihf -mcpu=cortex_m33+dsp+fp_armv8d16sp -fno-sanitize=all -g0 "
    "-std=c11 -ffunction-sections -ffp-contract=off -fomit-frame-pointer -O3 "
    "-Wall -Wextra -Werror -Wconversion"
).split()


def build(folder: Path) -> Path:
    """All of firmware/lib/nn, with the flags of the firmware, linked at ``CODE``."""
    script = folder / "m33.ld"
    script.write_text(
        f"SECTIONS {{ . = {CODE:#x}; .text : {{ *(.text*) *(.rodata*) *(.data*) *(.bss*) }} "
        "/DISCARD/ : { *(.ARM.*) *(.comment) } }"
    )
    target = folder / "m33.elf"
    include = ROOT / "firmware" / "boards" / "common" / "include"
    sources = [*NN.glob("*.c"), ROOT / "firmware" / "boards" / "common" / "strings.c"]
    command = [sys.executable, "-m", "ziglang", "cc", *FLAGS, "-I", str(include)]
    command += [
        "-T",
        str(script),
        "-Wl,--entry=edge_plan_run",
        "-Wl,--no-gc-sections",
        "-o",
        str(target),
    ]
    subprocess.run([*command, *map(str, sorted(sources))], check=True)
    return target


class Machine:
    """The runtime in memory, with a plan in read-only memory and an arena."""

    def __init__(self, elf: Path) -> None:
        content = elf.read_bytes()
        self.symbols = dict(_symbols(content))
        self._starts = sorted({address & ~1 for address in self.symbols.values()})
        self._names = {address & ~1: name for name, address in self.symbols.items()}
        self.uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
        self.uc.ctl_set_cpu_model(arm.UC_CPU_ARM_CORTEX_M33)
        for start in (CODE, PLAN, RAM):
            self.uc.mem_map(start, 0x200000)
        for address, data in _segments(content):
            self.uc.mem_write(address, data)
        self.uc.mem_write(STOP, b"\x00\xbf" * 8)
        self.instructions: Counter[str] = Counter()
        self.records: list[int] = []  # instructions of each record's kernel, in the plan's order
        self._sizes: dict[int, tuple[str, int]] = {}
        self.uc.hook_add(UC_HOOK_BLOCK, self._block)

    def _block(self, uc: Uc, address: int, size: int, data: object) -> None:
        found = self._sizes.get(address)
        if found is None:
            code = bytes(uc.mem_read(address, size))
            name = self._names[self._starts[bisect.bisect_right(self._starts, address) - 1]]
            found = self._sizes[address] = (name, _count(code))
        self.instructions[found[0]] += found[1]
        if self._names.get(address, "").startswith("run_"):
            self.records.append(0)
        if self.records:
            self.records[-1] += found[1]

    def call(self, name: str, *arguments: int) -> int:
        """A function of up to eight words, by the standard's procedure call."""
        stack = STACK
        rest = arguments[4:]
        stack -= 8 * ((len(rest) + 1) // 2)
        self.uc.mem_write(stack, struct.pack(f"<{len(rest)}I", *rest))
        for number, value in enumerate(arguments[:4]):
            self.uc.reg_write(arm.UC_ARM_REG_R0 + number, value)
        self.uc.reg_write(arm.UC_ARM_REG_SP, stack)
        self.uc.reg_write(arm.UC_ARM_REG_LR, STOP | 1)
        self.uc.emu_start(self.symbols[name] | 1, STOP)
        return int(self.uc.reg_read(arm.UC_ARM_REG_R0))

    def run(
        self, plan: bytes, inputs: Sequence[NDArray[np.generic]], form: str = "dsp"
    ) -> tuple[bytes, Counter[str]]:
        """Check and run a plan; all outputs as bytes, and instructions of the run by function."""
        table = self.symbols[f"edge_operators_{form}"]
        self.uc.mem_write(PLAN, plan)
        status = self.call("edge_plan_check", PLAN, len(plan), 0x180000, table, 128, OUT)
        assert status == 0, status
        (places_in, places_out, _, _, constants, _, _, count_in, count_out) = struct.unpack(
            "<9I", self.uc.mem_read(OUT, 36)
        )
        memory = OUT + 0x100
        self.uc.mem_write(memory, struct.pack("<2I", ARENA, constants))
        self.call("edge_plan_reset", OUT, memory)
        for number, array in enumerate(inputs[:count_in]):
            offset, _ = struct.unpack("<2I", self.uc.mem_read(places_in + 8 * number, 8))
            self.uc.mem_write(ARENA + offset, array.tobytes())
        self.instructions.clear()
        self.records.clear()
        self.call("edge_plan_run", OUT, memory, table)
        got = b""
        for number in range(count_out):
            offset, size = struct.unpack("<2I", self.uc.mem_read(places_out + 8 * number, 8))
            got += bytes(self.uc.mem_read(ARENA + offset, size))
        return got, Counter(self.instructions)


def _count(code: bytes) -> int:
    """How many Thumb instructions these bytes are: of two bytes, or of four."""
    count = at = 0
    while at < len(code):
        (half,) = struct.unpack_from("<H", code, at)
        at += 4 if half >> 11 in (0b11101, 0b11110, 0b11111) else 2
        count += 1
    return count


def _segments(elf: bytes) -> list[tuple[int, bytes]]:
    (offset,) = struct.unpack_from("<I", elf, 28)
    size, count = struct.unpack_from("<2H", elf, 42)
    found = []
    for number in range(count):
        kind, start, address, _, stored = struct.unpack_from("<5I", elf, offset + size * number)
        if kind == 1:
            found.append((address, elf[start : start + stored]))
    return found


def _symbols(elf: bytes) -> list[tuple[str, int]]:
    (offset,) = struct.unpack_from("<I", elf, 32)
    size, count = struct.unpack_from("<2H", elf, 46)
    headers = [struct.unpack_from("<10I", elf, offset + size * n) for n in range(count)]
    found = []
    for header in headers:
        if header[1] != 2:  # SHT_SYMTAB
            continue
        names = headers[header[6]][4]
        for at in range(header[4], header[4] + header[5], 16):
            name, value, _, info = struct.unpack_from("<3IB", elf, at)
            if info & 15 in (1, 2):  # an object or a function
                end = elf.index(b"\0", names + name)
                found.append((elf[names + name : end].decode(), value))
    return found
