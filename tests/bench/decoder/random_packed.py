"""Packed decoders of random weights, written directly in packed form: the true size in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from edgesdk_backends.cpu.decoder import layout
from edgesdk_backends.cpu.decoder.layout import Expected, Section, Shape
from edgesdk_backends.cpu.decoder.native import lib

CHUNK = 64 << 20  # random bytes that are repeated: more would only take time
THETA = 10000.0


@dataclass(frozen=True)
class Sizes:
    """A shape of a decoder. ``relu2``: its activation, else SiLU."""

    vocabulary: int
    hidden: int
    intermediate: int
    layers: int
    heads: int
    kv_heads: int
    relu2: bool
    context: int = 4096

    @property
    def body(self) -> int:
        """Ternary weights."""
        wide, narrow = self.hidden, self.kv_heads * self.hidden // self.heads
        return self.layers * self.hidden * (2 * wide + 2 * narrow + 3 * self.intermediate)


SIZES = {
    "0.73B": Sizes(32002, 1536, 4096, 24, 16, 16, relu2=False, context=2048),
    "2B4T": Sizes(128256, 2560, 6912, 30, 20, 5, relu2=True),
}


def write_random(path: Path, sizes: Sizes, packing: str, head: str, rescore: int = 0) -> int:
    """Write it; returns its bytes. ``packing`` and ``head`` as in ``PackOptions``, without auto."""
    shape = _shape(sizes, rescore)
    expected = list(layout.expected_sections(shape))
    expected += layout.head_sections(shape, _head_kind(head))
    sections: list[Section] = []
    end = layout.front_bytes(shape, len(expected))
    with path.open("wb") as file:
        for wanted in expected:
            kind = _kind(wanted, packing, head)
            size = layout.content_bytes(kind, wanted.rows, wanted.depth)
            scale = _scale(wanted.depth) if kind in layout.TERNARY else 1.0
            sections.append(Section(kind, wanted.rows, wanted.depth, scale, end, size))
            file.seek(end)
            _fill(file, sections[-1], wanted.name)
            end = layout.aligned(end + size)
        file.truncate(end)
        file.seek(0)
        file.write(_front(shape, sections, end))
    return end


def _shape(sizes: Sizes, rescore: int) -> Shape:
    return Shape(
        vocabulary=sizes.vocabulary,
        hidden=sizes.hidden,
        intermediate=sizes.intermediate,
        layers=sizes.layers,
        heads=sizes.heads,
        kv_heads=sizes.kv_heads,
        head_size=sizes.hidden // sizes.heads,
        context=sizes.context,
        activation=int(lib.EDGE_RELU2 if sizes.relu2 else lib.EDGE_SILU),
        sub_norms=True,
        tied=True,
        rescore=rescore,
        epsilon=float(np.float32(1e-5)),
    )


def _head_kind(head: str) -> int | None:
    kind = int(layout.KINDS[head])
    return None if kind in layout.FLOATS else kind


def _kind(wanted: Expected, packing: str, head: str) -> int:
    if wanted.name == "head":
        return int(layout.KINDS[head])
    if wanted.name == "embedding":
        return int(lib.EDGE_FLOAT16)
    return int(layout.KINDS[packing] if wanted.kinds & layout.TERNARY else lib.EDGE_FLOAT32)


def _scale(depth: int) -> float:
    return float(np.float32((1.5 / depth) ** 0.5))


def _fill(file: BinaryIO, section: Section, name: str) -> None:
    values = _values(section, name).reshape(-1).view(np.uint8)
    for first in range(0, section.size, values.size):
        file.write(memoryview(values[: section.size - first]))


def _values(section: Section, name: str) -> np.ndarray:
    random = np.random.default_rng(abs(hash(name)) % 1000)
    count = min(section.size, CHUNK)
    if section.kind == lib.EDGE_BASE3:
        return random.integers(0, 243, count, dtype=np.uint8)
    if section.kind == lib.EDGE_TWO_BIT:
        codes = random.integers(0, 3, (count, 4), dtype=np.uint8)
        return codes[:, 0] | codes[:, 1] << 2 | codes[:, 2] << 4 | codes[:, 3] << 6
    if section.kind == lib.EDGE_INT8:
        return random.integers(1, 256, count, dtype=np.uint8)
    if section.kind == lib.EDGE_INT4:
        return _int4(random, section)
    if name == "head_scales":
        return np.full(section.rows, 1 / 73 / section.rows**0.5, np.float32)
    if section.rows == 1:
        return np.ones(section.depth, np.float32)
    return random.standard_normal(count // 2, np.float32).astype(np.float16)


def _int4(random: np.random.Generator, section: Section) -> np.ndarray:
    """Blocks of random levels behind a block of scales, for 16 rows and 128 weights of each."""
    blocks = random.integers(0, 256, (min(section.size, CHUNK) // 1088, 1088), dtype=np.uint8)
    blocks[:, :64] = np.full(32, 0.05, np.float16).view(np.uint8)
    return blocks


def _front(shape: Shape, sections: list[Section], size: int) -> bytes:
    frequencies = THETA ** (-2.0 * np.arange(shape.head_size // 2) / shape.head_size)
    return layout.front(shape, frequencies, sections, size)
