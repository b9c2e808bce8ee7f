"""Rows on the Cortex-M33's own instructions: the host's bits, and how many it takes.

Run with -rP to see the counts.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from edgesdk.sensing.logmel_rows import Rows
from tests.backends_mcu.kernels import m33
from tests.sensing.rows.sounds import ROWS, extremes

FEATURES = m33.ROOT / "firmware" / "lib" / "features"
SETTINGS, SAMPLES, ROW, SCRATCH = (m33.RAM + 0x10000 * n for n in range(4))


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> m33.Machine:
    folder = tmp_path_factory.mktemp("m33")
    common = m33.ROOT / "firmware" / "boards" / "common"
    script, target = folder / "rows.ld", folder / "rows.elf"
    script.write_text(
        f"SECTIONS {{ . = {m33.CODE:#x}; .text : {{ *(.text*) *(.rodata*) *(.data*) *(.bss*) }} "
        "/DISCARD/ : { *(.ARM.*) *(.comment) } }"
    )
    command = [sys.executable, "-m", "ziglang", "cc", *m33.FLAGS, f"-I{common / 'include'}"]
    command += [f"-T{script}", "-Wl,--entry=edge_logmel_row", "-Wl,--no-gc-sections"]
    command += sorted(map(str, FEATURES.glob("*.c")))
    command += [str(common / "strings.c"), "-o", str(target)]
    subprocess.run(command, check=True)
    return m33.Machine(target)


def rows_on_the_device(
    machine: m33.Machine, rows: Rows, windows: np.ndarray
) -> tuple[np.ndarray, list[int]]:
    """Of each window, and the instructions that it took."""
    part = rows.part()
    machine.uc.mem_write(m33.PLAN, part)
    assert machine.call("edge_logmel_check", m33.PLAN, len(part), SETTINGS) == 1
    found, counts = [], []
    for window in windows:
        machine.uc.mem_write(SAMPLES, window.tobytes())
        machine.instructions.clear()
        machine.call("edge_logmel_row", SETTINGS, SAMPLES, ROW, SCRATCH)
        found.append(np.frombuffer(machine.uc.mem_read(ROW, rows.mels), np.int8))
        counts.append(sum(machine.instructions.values()))
    return np.stack(found), counts


def test_a_row(machine: m33.Machine) -> None:
    """At 16 kHz, 64 bands of 1024 samples: the same bits as here, and a golden count."""
    noise = np.random.default_rng(0).integers(-3000, 3000, (4, 1024)).astype(np.int16)
    found, counts = rows_on_the_device(machine, ROWS, noise)
    assert np.array_equal(found, ROWS.of_windows(noise))
    functions = machine.instructions.most_common(8)
    print(f"a row of {ROWS.window} samples: {max(counts)} instructions: {functions}")
    assert max(counts) <= 130000
    assert machine.instructions["edge_logmel_row"] <= 29000


@pytest.mark.parametrize("name", list(extremes()))
def test_extremes(machine: m33.Machine, name: str) -> None:
    windows = extremes()[name][: 3 * 1024].reshape(3, 1024)
    found, counts = rows_on_the_device(machine, ROWS, windows)
    assert np.array_equal(found, ROWS.of_windows(windows))
    print(f"{name}: {max(counts)} instructions")
    assert max(counts) <= 147000


@pytest.mark.parametrize("window", [60, 400, 480, 640, 12500])
def test_other_lengths(machine: m33.Machine, window: int) -> None:
    rows = replace(ROWS, window=window, hop=window // 2, mels=20)
    noise = np.random.default_rng(0).integers(-32768, 32768, (1, window)).astype(np.int16)
    found, _ = rows_on_the_device(machine, rows, noise)
    assert np.array_equal(found, rows.of_windows(noise))


def test_memory() -> None:
    """Bytes: of RAM while a row is computed, and of flash for the tables."""
    assert ROWS.scratch == 4104
    assert len(ROWS.part()) == 2224
