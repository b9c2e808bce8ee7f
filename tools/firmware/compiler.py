"""The two compilers, and a cache of what they made."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from .board import ROOT

CACHE = ROOT / "build" / "zig-cache"
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-Wconversion"]
COMMON = ["-std=c11", "-ffunction-sections", "-fdata-sections", "-ffp-contract=off", "-fno-pic"]
COMMON += ["-fomit-frame-pointer"]
ZIG = ["-target", "thumb-freestanding-eabihf", "-mcpu=cortex_m33+dsp+fp_armv8d16sp"]
ZIG += ["-fno-sanitize=all", "-g0"]
GCC = ["-mcpu=cortex-m33", "-mthumb", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard", "-ffreestanding"]
GCC += ["-Wno-sign-conversion"]  # its own intrinsics change signs


@dataclass(frozen=True)
class Compiler:
    """A command with its flags for a Cortex-M33 with DSP and single-precision FPU."""

    name: str
    command: Sequence[str]
    flags: Sequence[str]
    linking: Sequence[str]

    def compile(self, source: Path, flags: Sequence[str], seen: bytes, folder: Path) -> Path:
        """The object file of a source, from the cache where nothing it sees has changed."""
        known = repr((self.name, self.flags, COMMON, list(flags), source.name)).encode()
        digest = hashlib.sha256(known + seen + source.read_bytes()).hexdigest()[:24]
        target = folder / f"{source.stem}-{digest}.o"
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            written = target.with_suffix(f".{os.getpid()}")
            arguments = [*self.flags, *COMMON, *flags, f"-ffile-prefix-map={ROOT}=."]
            self.run([*arguments, "-c", str(source), "-o", str(written)])
            written.replace(target)
        return target

    def link(self, objects: Sequence[Path], script: Path, target: Path) -> None:
        """An ELF without what nothing uses."""
        arguments = [
            *self.flags,
            *self.linking,
            "-T",
            str(script),
            "-Wl,--gc-sections",
            "-Wl,--entry=reset_handler",
        ]
        self.run([*arguments, "-o", str(target), *map(str, objects)])

    def run(self, arguments: Sequence[str]) -> None:
        """Run it; zig's own cache stays inside build."""
        own = {"ZIG_GLOBAL_CACHE_DIR": str(CACHE), "ZIG_LOCAL_CACHE_DIR": str(CACHE)}
        subprocess.run([*self.command, *arguments], check=True, cwd=ROOT, env=os.environ | own)


def zig() -> Compiler:
    """The pinned wheel. Its bytes are those that are shipped."""
    command = [sys.executable, "-m", "ziglang", "cc"]
    return Compiler(f"zig {version('ziglang')}", command, ZIG, [])


def gcc() -> Compiler:
    """What many embedded engineers have; for stepping through, and as a second opinion."""
    command = ["arm-none-eabi-gcc"]
    found = subprocess.run([*command, "-dumpversion"], check=True, capture_output=True, text=True)
    name = f"arm-none-eabi-gcc {found.stdout.strip()}"
    return Compiler(name, command, GCC, ["-nostartfiles", "--specs=nano.specs"])
