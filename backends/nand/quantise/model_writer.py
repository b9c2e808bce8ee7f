"""From a decoder, layer by layer, to a model file: ``docs/nand-model-file.md``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from edgesdk.decoder.config import DecoderConfig
from edgesdk.decoder.large_tables import needs_float32, row_parts
from edgesdk.decoder.weight_checks import check_finite, check_shape, check_ternary
from edgesdk.decoder.weights import DecoderModel, Layer, Linear, Ternary
from edgesdk.errors import ModelRefused, UsageError

from ..workload.decoder import FORMATS
from .codes import Codes, packed
from .rows import Floats, eight_bits, four_bits
from .shape import FLOAT16, INT8, MOST, Matrix, ModelShape, encode_header
from .smoothing import input_peaks, multipliers
from .tables import file_size, tables

PARTS = {  # which matrices of a layer are one
    "query_key_value": ("query", "key", "value"),
    "attention_output": ("output",),
    "gate_up": ("gate", "up"),
    "down": ("down",),
}
QUANTISERS: dict[int, Callable[[Floats], tuple[Codes, Floats]]] = {8: eight_bits, 4: four_bits}

Array = NDArray[Any]


def default_weights(model: DecoderModel) -> str:
    """``ternary`` where the model's layers are, else ``w8a8``."""
    return "ternary" if isinstance(model.weights.layer(0).query, Ternary) else "w8a8"


def write_model(
    model: DecoderModel, file: BinaryIO, *, weights: str, context: int, cache: str = FLOAT16
) -> ModelShape:
    """Write a decoder to an empty file that can seek.

    ``weights``: a key of ``FORMATS``. ``context``: positions to serve. ``cache``: what keys and
    values are rounded to. Raises ``UsageError`` (EDGE-02263: words that are not possible) and
    ``ModelRefused``: EDGE-02264 (sizes that the format does not hold), EDGE-02265 (ternary asked
    for layers that are not), EDGE-02137 and EDGE-02138 (weights that are no numbers, or of other
    shapes than the configuration's).
    """
    for name, word, words in (("weights", weights, FORMATS), ("cache", cache, (FLOAT16, INT8))):
        if word not in words:
            raise UsageError(
                f"{name}={word} is not possible",
                next_step=f"Use one of {', '.join(words)}",
                code=263,
            )
    return _Writer(model, file, _shape(model, weights, context, cache)).write()


class _Writer:
    def __init__(self, model: DecoderModel, file: BinaryIO, shape: ModelShape) -> None:
        self.model, self.file, self.shape = model, file, shape
        self.tables = tables(shape)
        self.peaks = input_peaks(model) if shape.smoothed else {}

    def write(self) -> ModelShape:
        shape, weights = self.shape, self.model.weights
        self.file.seek(file_size(self.tables) - 1)
        self.file.write(b"\0")  # all that is not written below is zeros
        self._put("frequencies", np.array(self.model.config.frequencies))
        embedding = weights.embedding()
        self._embedding(embedding)
        for index in range(shape.layers):
            self._layer(index, weights.layer(index))
        self._put("final_norm", weights.final_norm())
        head = None if shape.tied else weights.head()
        self._head(embedding if head is None else head)
        self.file.seek(0)
        self.file.write(encode_header(shape))
        return shape

    def _layer(self, index: int, layer: Layer) -> None:
        at = f"layers.{index}."
        for name in ("attention_norm", "attention_sub_norm", "ffn_norm", "ffn_sub_norm"):
            values = getattr(layer, name)
            if at + name in self.tables:
                self._put(at + name, values)
            else:
                check_shape(at + name, values, ())
        for matrix in self.shape.layer_matrices(index):
            parts = PARTS[matrix.name.removeprefix(at)]
            linears = {at + part: getattr(layer, part) for part in parts}
            self._check_rows(matrix, linears)
            if matrix.bits == 2:
                self._ternary(matrix, linears)
            else:
                self._quantised(matrix, [_floats(*named) for named in linears.items()])

    def _check_rows(self, matrix: Matrix, linears: dict[str, Linear]) -> None:
        """Raise where one of the matrices that are joined is not of the size that is its."""
        config = self.model.config
        queries, keys = config.heads * config.head_size, config.kv_heads * config.head_size
        rows = {"query": queries, "key": keys, "value": keys}
        rows |= {"output": config.hidden, "down": config.hidden}
        for name, linear in linears.items():
            wanted = rows.get(name.rpartition(".")[2], config.intermediate)
            values = linear.codes if isinstance(linear, Ternary) else linear.weights
            check_shape(name, values, (wanted, matrix.inputs))

    def _ternary(self, matrix: Matrix, linears: dict[str, Linear]) -> None:
        codes, scales = [], []
        for name, linear in linears.items():
            if not isinstance(linear, Ternary):
                raise ModelRefused(
                    "The model's weights are not ternary",
                    evidence=f"{name} has float weights",
                    next_step="Compile it with weights=w8a8 or weights=w4a16",
                    code=265,
                )
            check_ternary(name, linear, *linear.codes.shape)
            codes.append(linear.codes)
            scales.append(np.full(len(linear.codes), linear.scale, np.float32))
        self._write(f"{matrix.name}.codes", packed(np.concatenate(codes), matrix.bits))
        self._put(f"{matrix.name}.scales", np.concatenate(scales))

    def _quantised(self, matrix: Matrix, parts: Sequence[Array]) -> None:
        """Rows that follow each other, as floats of any width."""
        smoothing: Floats = np.ones(1, np.float32)
        if self.shape.smoothed:
            columns = np.max([np.abs(part).max(axis=0) for part in parts], axis=0)
            smoothing = multipliers(self.peaks[matrix.name], columns.astype(np.float32))
            self._put(f"{matrix.name}.smoothing", smoothing)
        quantise = QUANTISERS[matrix.bits]
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows makes no scale
            found = [quantise(part.astype(np.float32) / smoothing) for part in parts]
        codes = np.concatenate([codes for codes, _ in found])
        self._write(f"{matrix.name}.codes", packed(codes, matrix.bits))
        self._put(f"{matrix.name}.scales", np.concatenate([scales for _, scales in found]))

    def _head(self, values: Array) -> None:
        check_shape("head", values, (self.shape.vocabulary, self.shape.hidden))
        parts = list(row_parts(values))
        for part in parts:
            check_finite("head", part)
        self._quantised(self.shape.head, parts)

    def _embedding(self, values: Array) -> None:
        check_shape("embedding", values, (self.shape.vocabulary, self.shape.hidden))
        table = self.tables["embedding"]
        self.file.seek(table.offset)
        for part in row_parts(values):
            check_finite("embedding", part)
            self.file.write(np.ascontiguousarray(part.astype(table.dtype)).data)

    def _put(self, name: str, values: Array | None) -> None:
        """A table of floats."""
        check_shape(name, values, self.tables[name].shape)
        assert values is not None  # which the shape says
        with np.errstate(over="ignore"):  # what overflows is found
            floats = values.astype(np.float32)
        check_finite(name, floats)
        self._write(name, floats)

    def _write(self, name: str, values: Array) -> None:
        self.file.seek(self.tables[name].offset)
        self.file.write(np.ascontiguousarray(values).data)


def _floats(name: str, linear: Linear) -> Floats:
    if isinstance(linear, Ternary):
        check_ternary(name, linear, *linear.codes.shape)
        floats: Floats = linear.codes * np.float32(linear.scale)
        return floats
    check_finite(name, linear.weights)
    return linear.weights


def _shape(model: DecoderModel, weights: str, context: int, cache: str) -> ModelShape:
    config: DecoderConfig = model.config
    shape = ModelShape(
        **{**{name: getattr(config, name) for name in MOST}, "context": context},
        norm_epsilon=float(config.norm_epsilon),
        activation=config.activation,
        pairing=config.pairing,
        sub_norms=config.sub_norms,
        tied=config.tied,
        wide_embedding=needs_float32(model.weights.embedding()),
        weights=weights,
        cache=cache,
    )
    faults = list(shape.faults())
    if len(config.frequencies) != config.head_size // 2:
        faults.append(f"{len(config.frequencies)} frequencies of heads of {config.head_size}")
    if faults:
        raise ModelRefused(
            "A device with compute in flash does not run a model of these sizes",
            evidence="; ".join(faults)[:300],
            next_step="The cpu backend takes other sizes: compile it with --target cpu",
            code=264,
        )
    return shape
