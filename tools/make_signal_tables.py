"""Write firmware/lib/signal/tables.c, the constant tables of the signal kernels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

TABLES = Path(__file__).parents[1] / "firmware/lib/signal/tables.c"
LONGEST = 4096  # SIGNAL_RFFT_LONGEST


def log2_table() -> list[int]:
    """By how much log2(1 + x) exceeds x, times 65536, at x = i / 128 for i = 0..128."""
    return [round(65536 * (math.log2(1 + i / 128) - i / 128)) for i in range(129)]


def sine_table() -> list[int]:
    """32767 * sin of a quarter of a wave that is LONGEST samples long, both ends included."""
    return [round(32767 * math.sin(2 * math.pi * i / LONGEST)) for i in range(LONGEST // 4 + 1)]


def source() -> str:
    """The text of tables.c."""
    return (
        "/* Made by tools/make_signal_tables.py; do not edit. */\n"
        '#include "tables.h"\n\n'
        + _array("const uint16_t signal_log2_table[129]", log2_table())
        + "\n"
        + _array("const int16_t signal_sine_table[SIGNAL_RFFT_LONGEST / 4 + 1]", sine_table())
    )


def _array(declaration: str, values: Sequence[int]) -> str:
    rows = [", ".join(map(str, values[i : i + 14])) for i in range(0, len(values), 14)]
    return declaration + " = {\n    " + ",\n    ".join(rows) + ",\n};\n"


if __name__ == "__main__":
    TABLES.write_text(source())
