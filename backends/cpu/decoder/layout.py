"""Where everything lies in a packed decoder. ``docs/decoder-format.md`` is the specification."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from edgesdk.decoder.config import RELU2, SILU
from edgesdk.errors import VerificationMismatch

from .native import lib
from .options import BASE3, FLOAT16, FLOAT32, INT4, INT8, MOST_CONTEXT, TWO_BIT

MAGIC = b"EDGEDEC\n"
VERSION = 1
ALIGNMENT = 64
HEADER = struct.Struct("<8s 13I f Q 24x")  # 96 bytes
SECTION = struct.Struct("<3I f 2Q")  # kind, rows, depth, scale, offset, bytes
SUB_NORMS, TIED = 1, 2  # flags

KINDS = {
    BASE3: lib.EDGE_BASE3,
    TWO_BIT: lib.EDGE_TWO_BIT,
    INT8: lib.EDGE_INT8,
    INT4: lib.EDGE_INT4,
    FLOAT32: lib.EDGE_FLOAT32,
    FLOAT16: lib.EDGE_FLOAT16,
}
TERNARY = frozenset({lib.EDGE_BASE3, lib.EDGE_TWO_BIT})
FLOATS = frozenset({lib.EDGE_FLOAT32, lib.EDGE_FLOAT16})
ACTIVATIONS = {SILU: lib.EDGE_SILU, RELU2: lib.EDGE_RELU2}

# Caps on every number of a header; the widest input is what sums of 32 bits are exact for.
WIDEST = int(lib.EDGE_DEPTH_LIMIT)
MOST = {
    "vocabulary": 1 << 22,
    "hidden": WIDEST,
    "intermediate": WIDEST,
    "layers": 1024,
    "heads": 1024,
    "kv_heads": 1024,
    "head_size": 1024,
    "context": MOST_CONTEXT,
}


@dataclass(frozen=True)
class Shape:
    """The numbers of a header. ``activation``: one of ``ACTIVATIONS``'s values."""

    vocabulary: int
    hidden: int
    intermediate: int
    layers: int
    heads: int
    kv_heads: int
    head_size: int
    context: int
    activation: int
    sub_norms: bool
    tied: bool
    rescore: int
    epsilon: float

    def fault(self) -> str:
        """What is wrong with them, or nothing."""
        found = (name for name, most in MOST.items() if not 1 <= getattr(self, name) <= most)
        name = next(found, "")
        if name:
            return f"{name} is {getattr(self, name)}, and may be 1 to {MOST[name]}"
        if self.head_size % 2 or self.heads % self.kv_heads:
            return f"{self.heads} heads of {self.head_size}, {self.kv_heads} kv heads"
        if self.heads * self.head_size > WIDEST:
            return f"the heads have {self.heads * self.head_size} entries, over {WIDEST}"
        return self._other_fault()

    def _other_fault(self) -> str:
        if self.activation not in ACTIVATIONS.values():
            return f"unknown activation {self.activation}"
        if self.rescore > min(lib.EDGE_MOST_RESCORED, self.vocabulary):
            return f"{self.rescore} logits to rescore"
        if not (math.isfinite(self.epsilon) and self.epsilon >= 0):
            return f"the norms' epsilon is {self.epsilon}"
        return ""


def activation_of(shape: Shape) -> str:
    """By its name."""
    return next(name for name, number in ACTIVATIONS.items() if number == shape.activation)


@dataclass(frozen=True)
class Section:
    """An array of the file, in bytes. ``kind``: a packing of kernels.h or of decoder.h."""

    kind: int
    rows: int
    depth: int
    scale: float
    offset: int
    size: int


@dataclass(frozen=True)
class Expected:
    """A section that must come next: what it may be. The scale is 1 except for ternary codes."""

    name: str
    rows: int
    depth: int
    kinds: frozenset[int]


def content_bytes(kind: int, rows: int, depth: int) -> int:
    """Bytes of an array."""
    if kind in FLOATS:
        return rows * depth * (4 if kind == lib.EDGE_FLOAT32 else 2)
    return int(lib.edge_packed_bytes(kind, rows, depth))


def expected_sections(shape: Shape) -> Iterator[Expected]:
    """Every section in order, except those that depend on the head's kind, which follow it."""
    single = frozenset({int(lib.EDGE_FLOAT32)})
    linear = TERNARY | single
    hidden, inner = shape.hidden, shape.intermediate
    wide, narrow = shape.heads * shape.head_size, shape.kv_heads * shape.head_size
    yield Expected("embedding", shape.vocabulary, hidden, FLOATS)
    for index in range(shape.layers):
        at = f"layers.{index}."
        yield Expected(at + "attention_norm", 1, hidden, single)
        yield Expected(at + "query", wide, hidden, linear)
        yield Expected(at + "key", narrow, hidden, linear)
        yield Expected(at + "value", narrow, hidden, linear)
        if shape.sub_norms:
            yield Expected(at + "attention_sub_norm", 1, wide, single)
        yield Expected(at + "output", hidden, wide, linear)
        yield Expected(at + "ffn_norm", 1, hidden, single)
        yield Expected(at + "gate", inner, hidden, linear)
        yield Expected(at + "up", inner, hidden, linear)
        if shape.sub_norms:
            yield Expected(at + "ffn_sub_norm", 1, inner, single)
        yield Expected(at + "down", hidden, inner, linear)
    yield Expected("final_norm", 1, hidden, single)


HEAD_KINDS = FLOATS | {int(lib.EDGE_INT8), int(lib.EDGE_INT4)}


def head_sections(shape: Shape, kind: int | None) -> Iterator[Expected]:
    """What follows the final norm: the head (``kind`` None: the embedding is it), and with it."""
    if kind is None:
        return
    yield Expected("head", shape.vocabulary, shape.hidden, HEAD_KINDS)
    if kind == lib.EDGE_INT8:
        yield Expected("head_scales", shape.vocabulary, 1, frozenset({int(lib.EDGE_FLOAT32)}))
    if kind not in FLOATS and not shape.tied and shape.rescore:
        yield Expected("exact_head", shape.vocabulary, shape.hidden, FLOATS)


def aligned(offset: int) -> int:
    """The next place that a section may begin at."""
    return -(-offset // ALIGNMENT) * ALIGNMENT


def front_bytes(shape: Shape, sections: int) -> int:
    """Bytes before the first section: header, frequencies and the table of sections."""
    return aligned(HEADER.size + shape.head_size // 2 * 4 + sections * SECTION.size)


def front(shape: Shape, frequencies: NDArray[Any], sections: Sequence[Section], size: int) -> bytes:
    """Everything before the first section, of a file of ``size`` bytes."""
    numbers = [getattr(shape, name) for name in MOST]
    flags = SUB_NORMS * shape.sub_norms + TIED * shape.tied
    rest = [shape.activation, flags, shape.rescore, shape.epsilon, size]
    parts = [HEADER.pack(MAGIC, VERSION, len(sections), *numbers, *rest)]
    parts.append(frequencies.astype("<f4").tobytes())
    parts += [SECTION.pack(s.kind, s.rows, s.depth, s.scale, s.offset, s.size) for s in sections]
    return b"".join(parts).ljust(front_bytes(shape, len(sections)), b"\0")


def damaged(evidence: str) -> VerificationMismatch:
    """The error for a packed file that no writer makes."""
    return VerificationMismatch(
        "The packed decoder is damaged",
        evidence=evidence,
        next_step="Compile and deploy the model again",
        code=61,
    )
