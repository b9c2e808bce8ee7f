"""Clock cycles of the ternary matmul in ``hls/rtl``: exact, not fitted.

Simulation gives the same numbers to the cycle (``tests/backends_fpga/rtl``) with a memory that
answers ``latency`` cycles after an address and then moves a word at every port in every cycle. A
slower memory adds cycles; the block counts those in which only weights were missing as stalls.

Sixteen rows are five words of 128 bits at each of four ports, and a word is used in every cycle:
five cycles for four steps of four rows. Beside that, the tables of the next tile are built: one
entry of all 32 tables a cycle, 14 entries, token after token. A tile takes the longer of the two.
"""

from __future__ import annotations

ROW_BLOCK = 16  # rows
BLOCK_WORDS = 5  # words of 16 rows of a tile at each port
TABLE_ENTRIES = 14  # that are written; the rest of the index is a sign
SUMS_IN_WORD = 4  # int32
MOST_LATENCY = 400  # above it the queues of 512 words run dry, and the formulas do not hold

# The cycles count from 1. Look at the arguments (1), launch (2), ask for the codes (5); the memory
# answers ``latency`` later; through the queue (2), gather six words (6), hand them over (1).
_FIRST_ENTRY = 14
_TABLE_PIPELINE = 3  # from a table's last entry to its first use
# From the last step: lookups, adders and accumulators (8), see that they are empty and turn to the
# drain (3), read the first of its words (2); after the last of them the answer (``latency``), see
# it and say so (1).
_AFTER_LAST_STEP = 14


def use_cycles(rows: int) -> int:
    """Cycles in which the words of one tile are used. ``rows``: a multiple of 16."""
    return rows // ROW_BLOCK * BLOCK_WORDS


def build_cycles(tokens: int) -> int:
    """Cycles in which the tables of one tile are built."""
    return TABLE_ENTRIES * tokens


def drain_cycles(rows: int, tokens: int) -> int:
    """Cycles in which the sums are written."""
    return rows // SUMS_IN_WORD * tokens


def fill_cycles(tokens: int, *, latency: int = 1) -> int:
    """Cycles before the first word is used: until the first tile's tables are there."""
    return _FIRST_ENTRY + latency + build_cycles(tokens) - 1 + _TABLE_PIPELINE - 1


def lookup_cycles(rows: int, tiles: int, tokens: int, *, latency: int = 1) -> int:
    """Cycles from the start to the last step.

    There are two banks of tables. While tile t is used, t + 1 is built; building t + 2 begins when
    the one before is built and the last step of tile t has freed its bank.
    """
    use, build = use_cycles(rows), build_cycles(tokens)
    last_use = last_use_before = 0  # the cycle of the last step of tile t - 1, and of tile t - 2
    last_entry = _FIRST_ENTRY + latency - 1
    for _ in range(tiles):
        last_entry = max(last_entry, last_use_before + 1) + build
        first_use = max(last_use + 1, last_entry + _TABLE_PIPELINE)
        last_use_before, last_use = last_use, first_use + use - 1
    return last_use


def matmul_cycles(rows: int, tiles: int, tokens: int, *, latency: int = 1) -> int:
    """Cycles from the start to the end, sums in memory: what the block's register counts."""
    looked_up = lookup_cycles(rows, tiles, tokens, latency=latency)
    return looked_up + drain_cycles(rows, tokens) + _AFTER_LAST_STEP + latency
