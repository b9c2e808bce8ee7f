"""The header of a model file: ``docs/nand-model-file.md``."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from edgesdk.bundle.strict_json import canonical, no_constant, unique_keys
from edgesdk.decoder.config import ADJACENT, HALVES, RELU2, SILU
from edgesdk.errors import FormatRefused

from ..workload.decoder import FORMATS

MAGIC = b"EDGENAND"
VERSION = 1
START = struct.Struct("<8s 2I")  # magic, version, bytes of the JSON that follows
HEADER = 4096  # bytes; what the JSON leaves is zeros
FLOAT16, INT8 = "float16", "int8"  # elements of the cache
CACHE_BYTES = {FLOAT16: 2, INT8: 1}  # of one

# Caps, well above any model that a device of today holds.
MOST = {
    "vocabulary": 1 << 22,
    "hidden": 1 << 16,
    "intermediate": 1 << 18,
    "layers": 1024,
    "heads": 1024,
    "kv_heads": 1024,
    "head_size": 4096,
    "context": 1 << 24,
}
WORDS: Mapping[str, tuple[str, ...]] = {
    "activation": (SILU, RELU2),
    "pairing": (HALVES, ADJACENT),
    "weights": tuple(FORMATS),
    "cache": tuple(CACHE_BYTES),
}
FLAGS = ("sub_norms", "tied", "wide_embedding")


@dataclass(frozen=True)
class Matrix:
    """A weight matrix: its name, its sizes, bits of a weight, bytes of an activation."""

    name: str
    rows: int
    inputs: int
    bits: int
    activation_bytes: int


@dataclass(frozen=True)
class ModelShape:
    """What the header holds. Sizes as in ``DecoderConfig``.

    ``weights``: a key of ``FORMATS``. ``cache``: what keys and values are rounded to.
    ``wide_embedding``: its rows are float32, else float16. ``tied``: they are the head's as well,
    before that was quantised.
    """

    vocabulary: int
    hidden: int
    intermediate: int
    layers: int
    heads: int
    kv_heads: int
    head_size: int
    context: int
    norm_epsilon: float
    activation: str
    pairing: str
    sub_norms: bool
    tied: bool
    wide_embedding: bool
    weights: str
    cache: str

    @property
    def query_width(self) -> int:
        """Elements of a position's queries."""
        return self.heads * self.head_size

    @property
    def kv_width(self) -> int:
        """Elements of a position's keys, and of its values."""
        return self.kv_heads * self.head_size

    @property
    def smoothed(self) -> bool:
        """Whether inputs are multiplied, each by a number of its own, before they are quantised."""
        return self.weights == "w8a8"

    def layer_matrices(self, layer: int) -> tuple[Matrix, ...]:
        """In the order of their use. Matrices with the same inputs are one: see ``Workload``."""
        bits, activation_bytes = FORMATS[self.weights][:2]
        sizes = {
            "query_key_value": (self.query_width + 2 * self.kv_width, self.hidden),
            "attention_output": (self.hidden, self.query_width),
            "gate_up": (2 * self.intermediate, self.hidden),
            "down": (self.hidden, self.intermediate),
        }
        return tuple(
            Matrix(f"layers.{layer}.{name}", *size, bits, activation_bytes)
            for name, size in sizes.items()
        )

    @property
    def head(self) -> Matrix:
        """The matrix that gives logits."""
        bits, activation_bytes = FORMATS[self.weights][2:]
        return Matrix("head", self.vocabulary, self.hidden, bits, activation_bytes)

    def matrices(self) -> Iterator[Matrix]:
        """All of them, in the order of their use."""
        for layer in range(self.layers):
            yield from self.layer_matrices(layer)
        yield self.head

    def faults(self) -> Iterator[str]:
        """Why the format does not hold such a model."""
        for name, most in MOST.items():
            if not 1 <= getattr(self, name) <= most:
                yield f"{name} is {getattr(self, name)}, and 1 to {most} are possible"
        for name, words in WORDS.items():
            if getattr(self, name) not in words:
                yield f"{name} is {getattr(self, name)!r}, and {' or '.join(words)} is possible"
        if self.kv_heads >= 1 and self.heads % self.kv_heads:
            yield f"{self.kv_heads} key heads do not divide {self.heads} heads"
        if self.head_size % 2:
            yield f"a head of {self.head_size} elements has no pairs"
        if not (math.isfinite(self.norm_epsilon) and 0 < self.norm_epsilon <= 1):
            yield f"norm_epsilon is {self.norm_epsilon}"


def encode_header(shape: ModelShape) -> bytes:
    """The first ``HEADER`` bytes of a file."""
    text = canonical(asdict(shape))
    return (START.pack(MAGIC, VERSION, len(text)) + text).ljust(HEADER, b"\0")


def decode_header(content: bytes) -> ModelShape:
    """The shape of the first ``HEADER`` bytes. Raises ``FormatRefused`` (EDGE-0862, EDGE-0863)."""
    if len(content) < HEADER or not content.startswith(MAGIC):
        raise damaged(f"its first {len(content)} bytes are not the header of such a file")
    _, version, length = START.unpack_from(content)
    if version != VERSION:
        raise FormatRefused(
            f"The model file has version {version}; this edgesdk reads version {VERSION}",
            next_step="Compile the model again with this edgesdk, or update edgesdk",
            code=63,
        )
    if length > HEADER - START.size or any(content[START.size + length :]):
        raise damaged(f"its header says that it has {length} bytes, and more or fewer follow")
    shape = _parsed(content[START.size : START.size + length])
    faults = list(shape.faults())
    if faults:
        raise damaged("; ".join(faults)[:300])
    return shape


def damaged(evidence: str) -> FormatRefused:
    """The error for a file that no writer makes."""
    return FormatRefused(
        "The model file is not as one must be",
        evidence=evidence,
        next_step="Compile the model again: the file is damaged, cut short, or of another kind",
        code=62,
    )


def _parsed(text: bytes) -> ModelShape:
    """Every key once and of its type, in the one encoding that there is."""
    try:
        found = json.loads(text.decode(), object_pairs_hook=unique_keys, parse_constant=no_constant)
        if not isinstance(found, dict) or set(found) != {f.name for f in fields(ModelShape)}:
            raise ValueError("its keys are not those of a model file")
        for name, value in found.items():
            _check_type(name, value)
        if canonical(found) != text:
            raise ValueError("it is not the canonical encoding")
    except (ValueError, RecursionError) as error:
        raise damaged(f"its header is no such JSON: {str(error)[:200]}") from None
    return ModelShape(**found)


def _check_type(name: str, value: Any) -> None:
    wanted = int if name in MOST else str if name in WORDS else bool if name in FLAGS else float
    if type(value) is not wanted:
        raise ValueError(f"{name} is no {wanted.__name__}")
