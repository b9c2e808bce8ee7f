"""Where everything lies in the model part of a bundle: ``docs/fpga-weight-format.md``."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from edgesdk.errors import VerificationMismatch

from .axes import VECTOR, Axis, padded
from .index_code import LANES, port_bytes

MAGIC = b"EDGEFPGA"
VERSION = 1  # of the weight format
PAGE = 4096
HEADER = struct.Struct("<8s 10I f Q")  # the rest of its page is zeros
HEAD_BLOCK = 64  # bytes: a word of 16 at each port
SCALES = 16  # floats, of which the matrices take the first 7
MATRICES = ("query", "key", "value", "output", "gate", "up", "down")
LEAST_EPSILON = 1e-15  # the reciprocal square root is exact enough from 2^-100 on
RELU_SQUARED, SUB_NORMS, TIED, WIDE_EMBEDDING = 1, 2, 4, 8  # flags

# Caps on every number of a header, well above any accelerator's own.
MOST = {
    "vocabulary": 1 << 22,
    "real_hidden": 1 << 15,
    "real_intermediate": 1 << 15,
    "layers": 1024,
    "heads": 1024,
    "kv_heads": 1024,
    "real_head_size": 1024,
    "context": 1 << 20,
}


@dataclass(frozen=True)
class PackedShape:
    """The numbers of a header.

    Sizes with ``real_`` are the model's; those without are as they lie in memory, the next
    multiples of 16. ``context``: positions that there are rotations for. ``tied``: the rows of the
    embedding are those of the head. ``wide_embedding``: they are float32, else float16.
    """

    vocabulary: int
    real_hidden: int
    real_intermediate: int
    layers: int
    heads: int
    kv_heads: int
    real_head_size: int
    context: int
    relu_squared: bool
    sub_norms: bool
    tied: bool
    wide_embedding: bool
    epsilon: float

    @property
    def hidden(self) -> int:
        """Of the residual stream."""
        return padded(self.real_hidden, VECTOR)

    @property
    def intermediate(self) -> int:
        """Rows of gate and up."""
        return padded(self.real_intermediate, VECTOR)

    @property
    def head_size(self) -> int:
        """Dimensions of a head."""
        return padded(self.real_head_size, VECTOR)

    @property
    def width(self) -> int:
        """Of the queries of all heads."""
        return self.heads * self.head_size

    def axes(self) -> dict[str, Axis]:
        """Of the arrays: a head has its zeros at its own end."""
        return {
            "hidden": Axis(self.real_hidden),
            "intermediate": Axis(self.real_intermediate),
            "width": Axis(self.real_head_size, self.heads),
            "keys": Axis(self.real_head_size, self.kv_heads),
        }

    def matrix_axes(self) -> dict[str, tuple[Axis, Axis]]:
        """Rows and inputs of a layer's matrices, in their order."""
        hidden, inner, width, keys = self.axes().values()
        pairs = (
            (width, hidden),
            (keys, hidden),
            (keys, hidden),
            (hidden, width),
            (inner, hidden),
            (inner, hidden),
            (hidden, inner),
        )
        return dict(zip(MATRICES, pairs, strict=True))

    def matrices(self) -> dict[str, tuple[int, int]]:
        """Rows and inputs of a layer's matrices as they lie in memory."""
        pairs = self.matrix_axes().items()
        return {name: (rows.size, inputs.size) for name, (rows, inputs) in pairs}

    @property
    def ternary_weights(self) -> int:
        """How many the model has."""
        pairs = self.matrix_axes().values()
        return self.layers * sum(rows.count * inputs.count for rows, inputs in pairs)

    def faults(self) -> Iterator[str]:
        """What is wrong with the numbers."""
        for name, most in MOST.items():
            if not 1 <= getattr(self, name) <= most:
                words = name.replace("real_", "")
                yield f"{words} is {getattr(self, name)}, and may be 1 to {most}"
                return
        if self.real_head_size % 2:
            yield f"head_size is {self.real_head_size}, which makes no pairs for RoPE"
        if self.heads % self.kv_heads:
            yield f"{self.heads} heads cannot share {self.kv_heads} key heads"
        if not LEAST_EPSILON <= self.epsilon <= 1:
            yield f"the norms' epsilon is {self.epsilon:g}, and may be {LEAST_EPSILON:g} to 1"


@dataclass(frozen=True)
class Section:
    """An array of the file: where it begins, and its size in bytes."""

    offset: int
    size: int

    @property
    def end(self) -> int:
        """Where the next one may begin."""
        return aligned(self.offset + self.size)


def aligned(offset: int) -> int:
    """The next multiple of a page."""
    return padded(offset, PAGE)


def sizes(shape: PackedShape) -> dict[str, int]:
    """Bytes of every array of the file, in their order."""
    layer = sum(port_bytes(*size) for size in shape.matrices().values())
    found = {f"weights_{port}": shape.layers * layer for port in range(LANES)}
    found["parameters"] = 4 * (shape.layers * parameters_of_layer(shape) + shape.hidden)
    found["rotations"] = 4 * shape.context * shape.head_size
    found["head"] = shape.vocabulary * padded(shape.hidden, HEAD_BLOCK)
    found["head_scales"] = 4 * padded(shape.vocabulary, VECTOR)
    found["embedding"] = (4 if shape.wide_embedding else 2) * shape.vocabulary * shape.hidden
    return found


def parameters_of_layer(shape: PackedShape) -> int:
    """Floats: four norms, and the scales."""
    return 2 * shape.hidden + shape.width + shape.intermediate + SCALES


def sections(shape: PackedShape) -> dict[str, Section]:
    """Every array of the file."""
    place, found = PAGE, {}
    for name, size in sizes(shape).items():
        found[name] = Section(place, size)
        place = found[name].end
    return found


def file_size(shape: PackedShape) -> int:
    """Bytes of the whole file."""
    return sections(shape)["embedding"].end


def cache_bytes(shape: PackedShape, context: int) -> int:
    """Of the keys and values of so many positions, as half floats."""
    return 4 * shape.layers * shape.kv_heads * shape.head_size * context


def bits_per_weight(shape: PackedShape) -> float:
    """Of the ternary weights as they lie in memory, padding and all."""
    return 8 * LANES * sizes(shape)["weights_0"] / shape.ternary_weights


def encode_header(shape: PackedShape) -> bytes:
    """The first page of a file."""
    numbers = [getattr(shape, name) for name in MOST]
    flags = RELU_SQUARED * shape.relu_squared + SUB_NORMS * shape.sub_norms
    flags += TIED * shape.tied + WIDE_EMBEDDING * shape.wide_embedding
    data = HEADER.pack(MAGIC, VERSION, *numbers, flags, shape.epsilon, file_size(shape))
    return data.ljust(PAGE, b"\0")


def decode_header(page: bytes, size: int) -> PackedShape:
    """The shape of a file of so many bytes. Raises ``VerificationMismatch`` (EDGE-0766)."""
    if len(page) < PAGE:
        raise damaged(f"it has {size} bytes, which is less than its header")
    magic, version, *numbers, flags, epsilon, total = HEADER.unpack_from(page)
    if magic != MAGIC:
        raise damaged("it does not begin as the model of an FPGA does")
    if version != VERSION:
        raise damaged(f"its format has version {version}, this edgesdk reads {VERSION}")
    if any(page[HEADER.size :]) or flags >= 2 * WIDE_EMBEDDING:
        raise damaged(f"its header has bits that version {VERSION} does not know")
    shape = PackedShape(
        **dict(zip(MOST, numbers, strict=True)),
        relu_squared=bool(flags & RELU_SQUARED),
        sub_norms=bool(flags & SUB_NORMS),
        tied=bool(flags & TIED),
        wide_embedding=bool(flags & WIDE_EMBEDDING),
        epsilon=epsilon,
    )
    if fault := next(shape.faults(), ""):
        raise damaged(fault)
    if not total == size == file_size(shape):
        raise damaged(f"it has {size} bytes; it says {total}, and its sizes {file_size(shape)}")
    return shape


def damaged(evidence: str) -> VerificationMismatch:
    """The error for a file that no writer makes."""
    return VerificationMismatch(
        "The model for the FPGA is damaged, or of another version",
        evidence=evidence,
        next_step="Compile and deploy the model again",
        code=66,
    )
