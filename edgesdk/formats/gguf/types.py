"""The types of GGUF tensors: how many weights a block holds, and in how many bytes."""

from __future__ import annotations

from dataclasses import dataclass

F32, F16, Q4_0, Q8_0, Q4_K, Q6_K, BF16, TQ1_0, TQ2_0 = 0, 1, 2, 8, 12, 14, 30, 34, 35
I2_S, I8_S, TL1, TL2 = 36, 37, 38, 39  # of bitnet.cpp; upstream has other types of these numbers


@dataclass(frozen=True)
class BlockType:
    """``block``: weights, all of one row. ``bytes``: of a block. ``tail``: bytes of a tensor."""

    name: str
    block: int
    bytes: int
    tail: int = 0

    def size(self, count: int) -> int:
        """Bytes of a tensor with so many weights."""
        return count // self.block * self.bytes + self.tail


TYPES = {
    F32: BlockType("F32", 1, 4),
    F16: BlockType("F16", 1, 2),
    BF16: BlockType("BF16", 1, 2),
    Q4_0: BlockType("Q4_0", 32, 18),
    Q8_0: BlockType("Q8_0", 32, 34),
    Q4_K: BlockType("Q4_K", 256, 144),
    Q6_K: BlockType("Q6_K", 256, 210),
    TQ1_0: BlockType("TQ1_0", 256, 54),
    TQ2_0: BlockType("TQ2_0", 256, 66),
    I2_S: BlockType("I2_S", 4, 1, tail=32),
}
_OTHERS = {3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 10: "Q2_K", 11: "Q3_K", 13: "Q5_K", 15: "Q8_K"}
_OTHERS |= {I8_S: "I8_S", TL1: "TL1", TL2: "TL2 or MXFP4"}


def type_name(number: int) -> str:
    """For example ``TQ2_0``; the number itself where no name is known."""
    found = TYPES.get(number)
    return found.name if found else _OTHERS.get(number, f"type {number}")
