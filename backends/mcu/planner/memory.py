"""Where each tensor lies in the arena: no two that are live together overlap.

A block is placed at the lowest offset that is free for as long as it lives. In which order blocks
are placed decides how large the arena becomes: several orders that are known to be good are tried,
then small changes of the best, until the arena is as small as it can be or enough has been tried.
Any layout is what some order gives, so only the search's patience keeps it from the best one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .graph import Tensor
from .lifetimes import Block, Problem, blocks_of, live_bytes

_PATIENCE = 3_000_000  # comparisons of two blocks, all together: a second or so
_MOST_TRIES = 3000


@dataclass(frozen=True)
class Layout:
    """Offsets of tensors (by the tensor whose memory they are) and of scratch (by step), in bytes.

    ``lower_bound`` is the largest sum of tensors that are live at one time, without scratch.
    """

    offsets: dict[Tensor, int]
    scratch: dict[int, int]
    arena: int
    lower_bound: int


def lay_out(problem: Problem) -> Layout:
    """Find a place for everything."""
    blocks = blocks_of(problem)
    offsets, arena = _search(blocks)
    placed = list(zip(blocks, offsets, strict=True))
    return Layout(
        offsets={tensor: at for block, at in placed for tensor in block.tensors},
        scratch={block.scratch_of: at for block, at in placed if block.scratch},
        arena=-(-arena // 16) * 16,
        lower_bound=live_bytes(blocks, scratch=False),
    )


_Key = Callable[[Block], tuple[int, ...]]
_KEYS: tuple[_Key, ...] = (
    lambda block: (-block.bytes, block.first),
    lambda block: (block.first - block.last, -block.bytes),
    lambda block: (-block.bytes * (block.last - block.first + 1), block.first),
    lambda block: (block.first, -block.bytes),
    lambda block: (-block.last, -block.bytes),
)


def _order(blocks: Sequence[Block], key: _Key) -> list[int]:
    return sorted(range(len(blocks)), key=lambda index: key(blocks[index]))


def _search(blocks: Sequence[Block]) -> tuple[list[int], int]:
    """The best offsets that were found, and the arena they need."""
    packer = _Packer(blocks)
    least = live_bytes(blocks, scratch=True, unit=4)
    orders = [_order(blocks, key) for key in _KEYS]
    order = min(orders, key=lambda order: packer.pack(order)[1])
    offsets, arena = packer.pack(order)
    tries = min(_MOST_TRIES, _PATIENCE // (sum(map(len, packer.conflicts)) + 1))
    chance = random.Random(1)  # the same plan every time
    current, best = order, (offsets, arena)
    for _ in range(tries if len(blocks) > 1 else 0):
        if best[1] <= least:
            break
        changed = list(current)
        changed.insert(chance.randrange(len(changed)), changed.pop(chance.randrange(len(changed))))
        offsets, size = packer.pack(changed)
        if size <= arena or chance.random() < 0.02:  # now and then through a worse one
            current, arena = changed, size
        if size < best[1]:
            best = offsets, size
    return best


class _Packer:
    """Places blocks in an order; what never changes between orders is worked out once."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self.conflicts = [
            [
                (j, *found)
                for j, other in enumerate(blocks)
                if other is not block and (found := _clash(block, other))
            ]
            for block in blocks
        ]

    def pack(self, order: Sequence[int]) -> tuple[list[int], int]:
        """Offsets by block, and the end of the last."""
        offsets = [-1] * len(self.blocks)
        end = 0
        for i in order:
            taken = sorted(
                (offsets[j] - below, offsets[j] + above)
                for j, below, above in self.conflicts[i]
                if offsets[j] >= 0
            )
            offsets[i] = _lowest(taken, self.blocks[i].alignment)
            end = max(end, offsets[i] + self.blocks[i].bytes)
        return offsets, end


def _clash(block: Block, other: Block) -> tuple[int, int] | None:
    """How far below and above the other's offset this block's must not be; None: never together."""
    pairs = [
        (one.bytes, two.bytes)
        for one in block.spans
        for two in other.spans
        if one.first <= two.last and two.first <= one.last
    ]
    return (max(p[0] for p in pairs), max(p[1] for p in pairs)) if pairs else None


def _lowest(taken: Sequence[tuple[int, int]], alignment: int) -> int:
    """The lowest offset not strictly between the ends of any of these, which are sorted."""
    offset = 0
    for below, above in taken:
        if offset <= below:
            break
        if offset < above:
            offset = -(-above // alignment) * alignment
    return offset
