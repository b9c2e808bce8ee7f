"""The trained student as a Hugging Face BitNet folder with packed ternary weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from edgesdk.decoder.config import RELU2, DecoderConfig, rope_frequencies
from edgesdk.decoder.weights import Layer, Linear, Ternary, Vocabulary
from edgesdk.formats.bitnet.writer import write_bitnet_folder

from .student import Student, StudentShape, ternary
from .vocabulary import BEGINNING, END, read_pieces, tokenizer

Floats = NDArray[np.float32]


def export(student: Student, pieces: Path, folder: Path) -> None:
    """Write config, weights and tokenizer into ``folder``; ``pieces`` is ``tok512.bin``.

    All that is not ternary stays float32, so that it computes as it was evaluated.
    """
    weights = StudentWeights(student)
    text = vocabulary(tokenizer(read_pieces(pieces)))
    write_bitnet_folder(folder, config(student.shape), weights, text, embedding="F32")


def config(shape: StudentShape) -> DecoderConfig:
    """The decoder's configuration."""
    return DecoderConfig(
        vocabulary=shape.vocabulary,
        hidden=shape.hidden,
        intermediate=shape.intermediate,
        layers=shape.layers,
        heads=shape.heads,
        kv_heads=shape.kv_heads,
        head_size=shape.head_size,
        context=shape.context,
        frequencies=rope_frequencies(shape.head_size, shape.theta),
        norm_epsilon=shape.epsilon,
        activation=RELU2,
        sub_norms=True,
    )


def vocabulary(document: Mapping[str, Any]) -> Vocabulary:
    """The tokenizer. A story ends where the next one begins, so that token 1 ends it."""
    content = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    return Vocabulary("tokenizer.json", content.encode("utf-8"), BEGINNING, (BEGINNING, END))


class StudentWeights:
    """The student's weights as every writer and backend asks for them."""

    def __init__(self, student: Student) -> None:
        self._student = student

    def embedding(self) -> Floats:
        """float32 [vocabulary, hidden]."""
        return floats(self._student.embedding)

    def final_norm(self) -> Floats:
        """float32 [hidden]."""
        return floats(self._student.final_norm)

    def head(self) -> None:
        """The embedding is the head."""

    def layer(self, index: int) -> Layer:
        """One layer; its matrices become ternary here for good."""
        named = self._student.layers[index].named_parameters()
        fields: dict[str, Any] = {
            name: linear(value) if value.ndim == 2 else floats(value) for name, value in named
        }
        return Layer(**fields)


def linear(weight: Tensor) -> Linear:
    """Codes and scale of a weight matrix [out, in]."""
    codes, scale = ternary(weight.detach())
    return Ternary(codes.numpy().astype(np.int8), float(scale))


def floats(value: Tensor) -> Floats:
    """The tensor as float32 in numpy."""
    return np.asarray(value.detach().numpy(), np.float32)
