"""The float weights that a model file stands for, and whether they are the model's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk.decoder.large_tables import row_parts
from edgesdk.decoder.weights import DecoderModel, Dense, Layer, Linear, Ternary
from edgesdk.errors import VerificationMismatch

from .model_file import ModelFile
from .rows import LEAST, Floats
from .shape import Matrix, ModelShape

MOST_STEPS = {8: 0.501, 4: 0.501, 2: 1e-3}  # between a weight and its code, by bits
CODES = {8: (-127, 127), 4: (-8, 7), 2: (-1, 1)}  # the smallest and the largest
CUT = {8: 1.001, 4: 2.001, 2: 1.001}  # times the largest code: what a clip may leave out


class FileWeights:
    """See ``DecoderWeights``: codes times scales, with the inputs' smoothing taken back."""

    def __init__(self, file: ModelFile) -> None:
        self._file = file

    def embedding(self) -> NDArray[Any]:
        """float32 or float16 [vocabulary, hidden]."""
        return self._file.table("embedding")

    def final_norm(self) -> Floats:
        """float32 [hidden]."""
        return self._file.table("final_norm")

    def head(self) -> NDArray[Any]:
        """float32 [vocabulary, hidden], also of a model whose embedding it was."""
        return self._floats("head")

    def layer(self, index: int) -> Layer:
        """All matrices as floats, those of a ternary model too."""
        at = f"layers.{index}."
        found: dict[str, Any] = {name: self._norm(at + name) for name in NORMS}
        for matrix in self._file.shape.layer_matrices(index):
            names = parts(self._file.shape)[matrix.name.removeprefix(at)]
            ends = np.cumsum([rows for _, rows in names])[:-1]
            pieces = np.split(self._floats(matrix.name), ends)
            found.update(
                {name: Dense(piece) for (name, _), piece in zip(names, pieces, strict=True)}
            )
        return Layer(**found)

    def _norm(self, name: str) -> Any:
        there = self._file.shape.sub_norms or "sub_norm" not in name
        return self._file.table(name) if there else None

    def _floats(self, name: str) -> Floats:
        smoothing = self._file.smoothing(name)
        found: Floats = self._file.matrix(name) * self._file.scales(name)[:, None]
        return found if smoothing is None else found * smoothing


NORMS = ("attention_norm", "attention_sub_norm", "ffn_norm", "ffn_sub_norm")


def parts(shape: ModelShape) -> dict[str, tuple[tuple[str, int], ...]]:
    """Which matrices of a layer lie below each other in one of the file, and their rows."""
    queries, keys, inner = shape.query_width, shape.kv_width, shape.intermediate
    return {
        "query_key_value": (("query", queries), ("key", keys), ("value", keys)),
        "attention_output": (("output", shape.hidden),),
        "gate_up": (("gate", inner), ("up", inner)),
        "down": (("down", shape.hidden),),
    }


def require_same_weights(model: DecoderModel, file: ModelFile) -> None:
    """Raise ``VerificationMismatch`` (EDGE-0776) where a code is not the nearest to its weight.

    It looks at every weight, row by row; what differs, however little of it, is a wrong quantiser.
    """
    for index in range(file.shape.layers):
        layer = model.weights.layer(index)
        for matrix in file.shape.layer_matrices(index):
            names = parts(file.shape)[matrix.name.removeprefix(f"layers.{index}.")]
            _require_same(file, matrix, [getattr(layer, name) for name, _ in names])
    head = model.weights.head()
    table = model.weights.embedding() if head is None else head
    _require_same(file, file.shape.head, [table])


def _require_same(file: ModelFile, matrix: Matrix, linears: Sequence[Linear | Any]) -> None:
    smoothing, scales = file.smoothing(matrix.name), file.scales(matrix.name)
    low, high = CODES[matrix.bits]
    first = wrong = 0
    for values in _rows(linears):
        rows = slice(first, first + len(values))
        codes, steps = file.rows(matrix.name, rows), scales[rows, None]
        shrunk = values if smoothing is None else values / smoothing
        sizes, sign = np.abs(steps), np.sign(steps)
        cut = np.abs(shrunk) > CUT[matrix.bits] * high * sizes + LEAST
        apart = np.abs(np.clip(shrunk * sign, low * sizes, high * sizes) - codes * sizes)
        wrong += np.count_nonzero(cut | (apart > MOST_STEPS[matrix.bits] * sizes + LEAST))
        first += len(values)
    if wrong or first != matrix.rows:
        raise VerificationMismatch(
            "The weights as integers are not those of the model",
            evidence=f"{wrong} of {matrix.rows * matrix.inputs} of {matrix.name} are not the "
            "nearest integers",
            next_step="Please report it: this is a defect in edgesdk",
            code=76,
        )


def _rows(linears: Sequence[Linear | Any]) -> Iterator[Floats]:
    """Some rows at a time, as float32."""
    for linear in linears:
        table = linear.weights if isinstance(linear, Dense) else linear
        scale = np.float32(table.scale if isinstance(table, Ternary) else 1)
        values = table.codes if isinstance(table, Ternary) else table
        yield from (part.astype(np.float32) * scale for part in row_parts(values))
