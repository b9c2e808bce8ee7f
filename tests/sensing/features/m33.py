"""The features as they are built for the Cortex-M33, run and counted in Unicorn."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgesdk.sensing.features import FeatureSet
from tests.backends_mcu.kernels.m33 import CODE, FLAGS, PLAN, RAM, ROOT, Machine

FEATURES = ROOT / "firmware" / "lib" / "features"
SETTINGS, RECORDS, VALUES, SCRATCH = PLAN + 0x1C0000, PLAN + 0x1D0000, PLAN + 0x1E0000, RAM
SAMPLES = PLAN + 0x100000


def build(folder: Path) -> Path:
    """All of firmware/lib/features, with the flags of the runtime, linked at ``CODE``."""
    script = folder / "features.ld"
    script.write_text(
        f"SECTIONS {{ . = {CODE:#x}; .text : {{ *(.text*) *(.rodata*) *(.data*) *(.bss*) }} "
        "/DISCARD/ : { *(.ARM.*) *(.comment) } }"
    )
    target = folder / "features.elf"
    include = ROOT / "firmware" / "boards" / "common" / "include"
    strings = ROOT / "firmware" / "boards" / "common" / "strings.c"
    command = [sys.executable, "-m", "ziglang", "cc", *FLAGS, "-I", str(include)]
    command += ["-T", str(script), "-Wl,--entry=edge_features_run", "-Wl,--no-gc-sections"]
    sources = sorted(map(str, FEATURES.glob("*.c")))
    subprocess.run([*command, "-o", str(target), *sources, str(strings)], check=True)
    return target


class FeatureMachine(Machine):
    """A device that computes features."""

    def compute(
        self, features: FeatureSet, samples: NDArray[np.int16]
    ) -> tuple[NDArray[np.int32], Counter[str]]:
        """The values, and the instructions of each function that they took."""
        count = len(features.features)
        records = [
            struct.pack("<2H2i", each.number, each.channel, each.a, each.b)
            for each in features.features
        ]
        self.uc.mem_write(PLAN, features.part)
        self.uc.mem_write(RECORDS, b"".join(records))
        self.uc.mem_write(SAMPLES, np.ascontiguousarray(samples).tobytes())
        assert self.call("edge_feature_settings_read", PLAN, len(features.part), SETTINGS) == 1
        assert self.call("edge_features_check", SETTINGS, RECORDS, count) == 1
        assert self.call("edge_features_scratch", SETTINGS, RECORDS, count) == features.scratch
        self.instructions.clear()
        self.call("edge_features_run", SETTINGS, RECORDS, count, SAMPLES, VALUES, SCRATCH)
        values = np.frombuffer(self.uc.mem_read(VALUES, 4 * count), np.int32)
        return values, Counter(self.instructions)
