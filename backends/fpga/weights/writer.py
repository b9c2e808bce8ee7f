"""From a decoder, layer by layer, to the model part of a bundle."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from edgesdk.decoder.config import HALVES, RELU2, SILU, DecoderConfig
from edgesdk.decoder.large_tables import needs_float32, row_parts
from edgesdk.decoder.reference_arithmetic import turns
from edgesdk.decoder.weight_checks import check_finite, check_shape, check_ternary
from edgesdk.decoder.weights import DecoderModel, Layer, Linear, Ternary
from edgesdk.errors import ModelRefused

from . import layout
from .axes import Axis, laid_out
from .head_rows import quantised_rows
from .index_code import port_streams
from .layout import MATRICES, PackedShape

Array = NDArray[Any]


def write_model(model: DecoderModel, file: BinaryIO, context: int) -> PackedShape:
    """Write a decoder to an empty file that can seek; ``context``: positions to serve.

    Raises ``ModelRefused``: EDGE-02170 (layers that are not ternary), EDGE-02171 (sizes that the
    format does not hold), EDGE-02137 and EDGE-02138 (weights that are no numbers, or of other
    shapes than the configuration's).
    """
    return _Writer(model, file, context).write()


class _Writer:
    def __init__(self, model: DecoderModel, file: BinaryIO, context: int) -> None:
        self.model, self.file = model, file
        self.embedding = model.weights.embedding()
        self.shape = _shape(model.config, context, needs_float32(self.embedding))
        self.axes = self.shape.axes()
        self.sections = layout.sections(self.shape)
        self.written = dict.fromkeys(self.sections, 0)  # bytes of each

    def write(self) -> PackedShape:
        shape, weights = self.shape, self.model.weights
        self.file.seek(layout.file_size(shape) - 1)
        self.file.write(b"\0")  # all that is not written below is zeros
        size = (shape.vocabulary, shape.real_hidden)
        check_shape("embedding", self.embedding, size)
        for index in range(shape.layers):
            self._layer(f"layers.{index}.", weights.layer(index))
        self._vector("final_norm", weights.final_norm(), self.axes["hidden"])
        turned = rotations(self.model.config, shape.context).reshape(shape.context, -1)
        self._append("rotations", laid_out(turned, Axis(shape.real_head_size)))
        head = None if shape.tied else weights.head()
        if not shape.tied:
            check_shape("head", head, size)
        self._tables(self.embedding if head is None else head)
        self.file.seek(0)
        self.file.write(layout.encode_header(shape))
        return shape

    def _layer(self, at: str, layer: Layer) -> None:
        for name, (rows, inputs) in self.shape.matrix_axes().items():
            linear = _checked(at + name, getattr(layer, name), rows.count, inputs.count)
            codes = linear.codes
            if name in ("query", "key") and self.model.config.pairing == HALVES:
                codes = codes[_adjacent(rows.count, rows.real)]
            for port, stream in enumerate(port_streams(laid_out(codes, rows, inputs))):
                self._append(f"weights_{port}", stream)
        axes, sub_norms = self.axes, self.shape.sub_norms
        self._vector(at + "attention_norm", layer.attention_norm, axes["hidden"])
        self._vector(at + "attention_sub_norm", layer.attention_sub_norm, axes["width"], sub_norms)
        self._vector(at + "ffn_norm", layer.ffn_norm, axes["hidden"])
        self._vector(at + "ffn_sub_norm", layer.ffn_sub_norm, axes["intermediate"], sub_norms)
        scales = np.zeros(layout.SCALES, np.float32)
        scales[: len(MATRICES)] = [getattr(layer, name).scale / 127 for name in MATRICES]
        self._append("parameters", scales)

    def _vector(self, name: str, values: Array | None, axis: Axis, there: bool = True) -> None:
        """A norm; zeros where the model has none."""
        check_shape(name, values, (axis.count,) if there else ())
        vector = np.zeros(axis.count, np.float32) if values is None else values
        check_finite(name, vector)
        self._append("parameters", laid_out(vector.astype(np.float32), axis))

    def _tables(self, head: Array) -> None:
        """The head's rows and scales, and the embedding's rows."""
        wide = np.float32 if self.shape.wide_embedding else np.float16
        for part in row_parts(head):
            check_finite("head", part)
            rows, scales = quantised_rows(part)
            self._append("head", rows)
            self._append("head_scales", scales)
        for part in row_parts(self.embedding):
            check_finite("embedding", part)
            self._append("embedding", laid_out(part.astype(wide), self.axes["hidden"]))

    def _append(self, name: str, values: Array) -> None:
        place = self.sections[name].offset + self.written[name]
        self.file.seek(place)
        self.file.write(np.ascontiguousarray(values).data)
        self.written[name] += values.nbytes


def rotations(config: DecoderConfig, context: int) -> NDArray[np.float32]:
    """Cosine and sine of each pair at each position: [context, head_size / 2, 2]."""
    frequencies = np.array(config.frequencies, np.float32)
    return np.stack(turns(np.arange(context), frequencies), axis=-1)


def _shape(config: DecoderConfig, context: int, wide: bool) -> PackedShape:
    sizes = {name: getattr(config, name.replace("real_", "")) for name in layout.MOST}
    shape = PackedShape(
        **{**sizes, "context": context},
        relu_squared=config.activation == RELU2,
        sub_norms=config.sub_norms,
        tied=config.tied,
        wide_embedding=wide,
        epsilon=float(np.float32(config.norm_epsilon)),
    )
    faults = list(shape.faults())
    if config.activation not in (RELU2, SILU):
        faults.append(f"its activation is {config.activation}")
    frequencies = np.array(config.frequencies, np.float32)
    if len(frequencies) != config.head_size // 2 or not np.isfinite(frequencies).all():
        faults.append(f"{len(frequencies)} frequencies of heads of {config.head_size}")
    if faults:
        raise ModelRefused(
            "The FPGA's accelerator does not run a model of these sizes",
            evidence="; ".join(faults),
            next_step="The cpu backend takes other sizes: compile it with --target cpu",
            code=171,
        )
    return shape


def _checked(name: str, linear: Linear, rows: int, inputs: int) -> Ternary:
    if not isinstance(linear, Ternary):
        raise ModelRefused(
            "The FPGA's accelerator multiplies by ternary weights only",
            evidence=f"{name} has float weights",
            next_step="Use a BitNet model, or compile it with --target cpu",
            code=170,
        )
    check_ternary(name, linear, rows, inputs)
    return linear


def _adjacent(rows: int, head_size: int) -> NDArray[np.int64]:
    """Which row goes where, so that RoPE's pairs, halves of a head apart, become neighbours."""
    order = np.arange(head_size).reshape(2, -1).T.reshape(-1)
    whole: NDArray[np.int64] = np.arange(0, rows, head_size)[:, None] + order
    return whole.reshape(-1)
