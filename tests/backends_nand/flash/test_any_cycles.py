"""A die that is sent anything at all refuses it or says that it is a defect; nothing else."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edgesdk.errors import InternalFault
from edgesdk_backends.nand.flash import opcodes
from edgesdk_backends.nand.flash.cells import Cells, Refusal
from edgesdk_backends.nand.flash.die import Die
from edgesdk_backends.nand.flash.faults import Faults, Power
from edgesdk_backends.nand.flash.geometry import Geometry
from tests.backends_nand.flash.flashes import DESIGN

CODES = [value for name, value in vars(opcodes).items() if name.isupper() and type(value) is int]
COMMANDS = [*sorted(set(CODES) - {0x01, 0x02, 0x20, 0x81, 0xF0}), 0x33, 0x77]
PAGE = Path(__file__).parents[3] / "docs" / "nand-commands.md"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("compute", [True, False])
def test_any_cycles(tmp_path: Path, seed: int, compute: bool) -> None:
    design = replace(DESIGN, compute=compute)
    drawn = np.random.default_rng(seed)
    cells = Cells(tmp_path, Geometry.of(design), Power(Faults()), factory_bad=0.1)
    die = Die(design, cells, 1)
    for _ in range(2000):
        with suppress(InternalFault):
            _cycle(die, drawn)
    die.command(0xFF)
    die.advance(die.busy_for())
    die.command(0x70)
    assert die.read(1)[0] == 0xE0
    assert cells.programs > 10
    assert cells.erases > 50
    cells.close()


SECONDS = {
    0x00: [0x30, 0x30, 0x30, 0x32],
    0x05: [0xE0],
    0x06: [0xE0],
    0x80: [0x10, 0x10, 0x10, 0x11],
    0x60: [0xD0, 0xD0, 0xD0, 0xD1],
    0x40: [0x41],
    0x44: [0x45],
}
ROW_CYCLES = {0x60: 3, 0x78: 3, 0x05: 2, 0x85: 2, 0x90: 1, 0xEC: 1, 0xEE: 1, 0xEF: 1, 0x70: 0}


def _cycle(die: Die, drawn: np.random.Generator) -> None:
    """A command at random; now and then one of its steps is another or missing."""
    usual = drawn.random() < 0.7
    code = int(drawn.choice(list(SECONDS) if usual else COMMANDS))
    die.command(code)
    width = ROW_CYCLES.get(code, 5)
    if width and drawn.random() < 0.95:
        column = drawn.integers(0, int(drawn.choice([1, 1, 8, 256])), max(width - 3, 0), np.uint8)
        page = int(drawn.choice([0, 1, 2, 3], p=[0.7, 0.2, 0.05, 0.05]))
        row = bytes((int(drawn.integers(0, 13)) * 4 + page, 0, int(drawn.random() < 0.05)))
        die.address((column.tobytes() + row)[: width - (drawn.random() < 0.03)])
    if code in (0x80, 0x40, 0xEF) or drawn.random() < 0.05:
        size = int(drawn.choice([4, 16, 64, 300, 400]))
        die.write(drawn.integers(0, 256, size, np.uint8))
    if code in SECONDS and drawn.random() < 0.95:
        die.command(int(drawn.choice(SECONDS[code])))
    if drawn.random() < 0.9:
        die.advance(die.busy_for())
    if drawn.random() < 0.5:
        count = int(drawn.choice([1, 4, 320, 999]))
        assert len(die.read(count)) == count


def test_the_page_tells_every_command_and_refusal() -> None:
    text = PAGE.read_text()
    for code in COMMANDS[:-2]:
        assert re.search(rf"\b{code:02X}h\b", text), f"{code:02X}h"
    for refusal in list(Refusal)[1:]:
        assert f"\n| {int(refusal)} | " in text
