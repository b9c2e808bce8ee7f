"""From a decoder, layer by layer, to a packed file."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from edgesdk.decoder.config import ADJACENT, DecoderConfig
from edgesdk.decoder.large_tables import ROWS, needs_float32, row_parts
from edgesdk.decoder.weight_checks import check_finite, check_shape, check_ternary
from edgesdk.decoder.weights import DecoderModel, Dense, Layer, Linear, Ternary
from edgesdk.errors import ModelRefused

from . import layout
from .layout import Section, Shape
from .native import ffi, lib
from .options import AUTO, FLOAT32, INT8, PackOptions

SMALL_HEAD = 4 << 20  # weights: as float32 it takes less time than anybody sees

Array = NDArray[Any]


def write_packed(
    model: DecoderModel, file: BinaryIO, options: PackOptions | None = None
) -> dict[str, str]:
    """Write a packed decoder to a file that can seek, from where it is to its end.

    Returns the options as they took effect; ``packing`` only where weights are ternary.

    Raises ``ModelRefused``: EDGE-02136 (sizes that the engine does not run), EDGE-02137 (weights
    that are infinite or not a number), EDGE-02138 (weights of another shape than the config's).
    """
    return _Writer(model, file, options or PackOptions()).write()


class _Writer:
    def __init__(self, model: DecoderModel, file: BinaryIO, options: PackOptions) -> None:
        self.model, self.file, self.options = model, file, options
        self.precision = _precision(options.head, model.config)
        # Of a head of floats nothing is left to compute again.
        quantised = layout.KINDS[self.precision] not in layout.FLOATS
        self.shape = _shape(model.config, options.rescore if quantised else 0)
        self.sections: list[Section] = []
        self.start = file.tell()
        self.packing = _packing(options.packing)

    def write(self) -> dict[str, str]:
        weights = self.model.weights
        embedding = weights.embedding()
        head = None if self.shape.tied else weights.head()
        self._seek_first(self._head_kind())
        self._floats("embedding", embedding, self._table_kind(embedding))
        for index in range(self.shape.layers):
            self._layer(index, weights.layer(index))
        self._vector("final_norm", weights.final_norm(), self.shape.hidden)
        self._head(embedding if head is None else head)
        self._finish()
        return self._effective()

    def _effective(self) -> dict[str, str]:
        """From the sections themselves: a head as float16, say, is float32 where that overflows."""
        before = sum(1 for _ in layout.expected_sections(self.shape))
        head = self.sections[before if len(self.sections) > before else 0].kind
        found = {"head": _named(head), "rescore": str(self.shape.rescore)}
        if self.packing in {section.kind for section in self.sections}:
            found["packing"] = _named(self.packing)
        return found

    def _seek_first(self, head: int | None) -> None:
        count = sum(1 for _ in layout.expected_sections(self.shape))
        count += sum(1 for _ in layout.head_sections(self.shape, head))
        self.position = layout.front_bytes(self.shape, count)
        self.file.seek(self.start + self.position)

    def _head_kind(self) -> int | None:
        """The kind of the head's own section, None where the embedding is the head."""
        kind = layout.KINDS[self.precision]
        return None if self.shape.tied and kind in layout.FLOATS else kind

    def _table_kind(self, values: Array) -> int:
        """float16, unless that cannot hold a value, or every bit is wanted."""
        wide = needs_float32(values, exact=self.precision == FLOAT32)
        return int(lib.EDGE_FLOAT32 if wide else lib.EDGE_FLOAT16)

    def _layer(self, index: int, layer: Layer) -> None:
        shape, at = self.shape, f"layers.{index}."
        pairing = self.model.config.pairing
        wide, narrow = shape.heads * shape.head_size, shape.kv_heads * shape.head_size
        self._vector(at + "attention_norm", layer.attention_norm, shape.hidden)
        query, key = (_halves(part, shape.head_size, pairing) for part in (layer.query, layer.key))
        self._linear(at + "query", query, wide, shape.hidden)
        self._linear(at + "key", key, narrow, shape.hidden)
        self._linear(at + "value", layer.value, narrow, shape.hidden)
        self._sub_norm(at + "attention_sub_norm", layer.attention_sub_norm, wide)
        self._linear(at + "output", layer.output, shape.hidden, wide)
        self._vector(at + "ffn_norm", layer.ffn_norm, shape.hidden)
        self._linear(at + "gate", layer.gate, shape.intermediate, shape.hidden)
        self._linear(at + "up", layer.up, shape.intermediate, shape.hidden)
        self._sub_norm(at + "ffn_sub_norm", layer.ffn_sub_norm, shape.intermediate)
        self._linear(at + "down", layer.down, shape.hidden, shape.intermediate)

    def _sub_norm(self, name: str, values: Array | None, size: int) -> None:
        check_shape(name, values, (size,) if self.shape.sub_norms else ())
        if values is not None:
            self._vector(name, values, size)

    def _linear(self, name: str, linear: Linear, rows: int, depth: int) -> None:
        if isinstance(linear, Dense):
            check_shape(name, linear.weights, (rows, depth))
            self._floats(name, linear.weights, int(lib.EDGE_FLOAT32))
            return
        check_ternary(name, linear, rows, depth)
        codes = np.ascontiguousarray(linear.codes, np.int8)
        blocks = np.zeros(layout.content_bytes(self.packing, rows, depth), np.uint8)
        source, target = ffi.from_buffer("int8_t[]", codes), ffi.from_buffer("uint8_t[]", blocks)
        lib.edge_pack_ternary(self.packing, rows, depth, 0, rows, source, target)
        self._begin(self.packing, rows, depth, float(np.float32(linear.scale)))
        self._write(blocks)

    def _vector(self, name: str, values: Array, size: int) -> None:
        check_shape(name, values, (size,))
        self._floats(name, values.reshape(1, size), int(lib.EDGE_FLOAT32))

    def _floats(self, name: str, values: Array, kind: int) -> None:
        if name == "embedding":
            check_shape(name, values, (self.shape.vocabulary, self.shape.hidden))
        self._begin(kind, *values.shape)
        for part in row_parts(values):
            check_finite(name, part)
            self._write(part.astype(np.float32 if kind == lib.EDGE_FLOAT32 else np.float16))

    def _head(self, values: Array) -> None:
        kind = self._head_kind()
        if kind is None:
            return
        check_shape("head", values, (self.shape.vocabulary, self.shape.hidden))
        if kind in layout.FLOATS:
            self._floats("head", values, kind)
            return
        scales = self._quantised(values, kind)
        if kind == lib.EDGE_INT8:
            self._begin(int(lib.EDGE_FLOAT32), self.shape.vocabulary, 1)
            self._write(scales)
        if not self.shape.tied and self.shape.rescore:
            self._floats("head", values, self._table_kind(values))

    def _quantised(self, values: Array, kind: int) -> NDArray[np.float32]:
        """Write the head's blocks, some groups of rows at a time; returns the rows' scales."""
        scales = np.zeros(len(values), np.float32)
        self._begin(kind, *values.shape)
        for first, part in zip(range(0, len(values), ROWS), row_parts(values), strict=True):
            check_finite("head", part)
            rows, depth = part.shape
            floats = np.ascontiguousarray(part, np.float32)
            blocks = np.zeros(layout.content_bytes(kind, rows, depth), np.uint8)
            source = ffi.from_buffer("float[]", floats)
            target = ffi.from_buffer("uint8_t[]", blocks)
            own = ffi.from_buffer("float[]", scales[first : first + rows])
            lib.edge_pack_float(kind, rows, depth, 0, rows, source, target, own)
            self._write(blocks)
        return scales

    def _begin(self, kind: int, rows: int, depth: int, scale: float = 1.0) -> None:
        offset = layout.aligned(self.position)
        self._write(np.zeros(offset - self.position, np.uint8))
        size = layout.content_bytes(kind, rows, depth)
        self.sections.append(Section(kind, rows, depth, scale, offset, size))

    def _write(self, values: Array) -> None:
        self.file.write(np.ascontiguousarray(values).data)
        self.position += values.nbytes

    def _finish(self) -> None:
        self._write(np.zeros(layout.aligned(self.position) - self.position, np.uint8))
        self.file.seek(self.start)
        frequencies = np.array(self.model.config.frequencies)
        self.file.write(layout.front(self.shape, frequencies, self.sections, self.position))
        self.file.seek(self.start + self.position)


def _shape(config: DecoderConfig, rescore: int) -> Shape:
    shape = Shape(
        **{name: getattr(config, name) for name in layout.MOST},
        activation=layout.ACTIVATIONS.get(config.activation, 0),
        sub_norms=config.sub_norms,
        tied=config.tied,
        rescore=min(rescore, config.vocabulary),
        epsilon=float(np.float32(config.norm_epsilon)),
    )
    frequencies = np.array(config.frequencies, np.float32)
    fault = shape.fault()
    enough = len(frequencies) == shape.head_size // 2 and np.isfinite(frequencies).all()
    if not fault and not enough:
        fault = f"{len(frequencies)} frequencies of heads of {shape.head_size}"
    if fault:
        raise ModelRefused("The cpu backend does not run such a decoder", evidence=fault, code=136)
    return shape


def _packing(wanted: str) -> int:
    return int(lib.edge_preferred_packing() if wanted == AUTO else layout.KINDS[wanted])


def _precision(wanted: str, config: DecoderConfig) -> str:
    if wanted != AUTO:
        return wanted
    return FLOAT32 if config.vocabulary * config.hidden <= SMALL_HEAD else INT8


def _named(kind: int) -> str:
    return next(name for name, number in layout.KINDS.items() if number == kind)


def _halves(linear: Linear, head_size: int, pairing: str) -> Linear:
    """Rows of each head so that RoPE's pairs are its halves, which leaves every score as it was."""
    if pairing != ADJACENT:
        return linear
    order = np.arange(head_size).reshape(-1, 2).T.reshape(-1)
    rows = len(linear.weights if isinstance(linear, Dense) else linear.codes)
    if rows % head_size:
        return linear  # refused when it is packed
    whole = np.arange(0, rows, head_size)[:, None] + order
    if isinstance(linear, Dense):
        return Dense(linear.weights[whole.reshape(-1)])
    return Ternary(linear.codes[whole.reshape(-1)], linear.scale)
