"""Reading a decoder from a GGUF file: of the architectures bitnet, its variants, and llama."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...decoder.config import DecoderConfig
from ...decoder.weights import DecoderModel, Dense, Layer
from ..decoder_checks import unsupported
from ..decoder_source import decoder_source, linear_shapes
from ..source import SourceModel
from .config import FREQUENCIES, gguf_config
from .frame import GgufFile, read_frame
from .i2s import check_layout, no_i2s
from .layout import decide_layout
from .tensors import GgufTensors
from .types import I2_S
from .vocabulary import gguf_vocabulary

_EMBEDDING, _FINAL_NORM, _HEAD = "token_embd.weight", "output_norm.weight", "output.weight"
_LINEAR = {
    "query": "attn_q",
    "key": "attn_k",
    "value": "attn_v",
    "output": "attn_output",
    "gate": "ffn_gate",
    "up": "ffn_up",
    "down": "ffn_down",
}
_NORMS = {"attention_norm": "attn_norm", "ffn_norm": "ffn_norm"}
_SUB_NORMS = {"attention_sub_norm": "attn_sub_norm", "ffn_sub_norm": "ffn_sub_norm"}


def read_gguf(path: Path | str, *, i2s_layout: str | None = None) -> SourceModel:
    """Read a ``.gguf`` file.

    ``i2s_layout`` says how its I2_S tensors are packed (``gguf_i2s.LAYOUTS``) where the reader
    should not decide. Raises ``ModelRefused`` (EDGE-0270, 02100 to 02110, 02124), ``UsageError``
    (EDGE-0210, 02112).
    """
    frame = read_frame(Path(path))
    config = gguf_config(frame)
    layout, note = _layout(frame, config, i2s_layout)
    weights = _Weights(GgufTensors(frame, layout), config)
    weights.check(frame)
    vocabulary = gguf_vocabulary(frame.metadata, config.vocabulary)
    config = _with_notes(config, [note, weights.describe()])
    model = DecoderModel(config, weights, vocabulary)
    versions = {"gguf": str(frame.version)}
    return decoder_source("gguf", frame.file.path, frame.file.sha256(), model, versions)


def _layout(frame: GgufFile, config: DecoderConfig, named: str | None) -> tuple[str, str]:
    """How I2_S tensors are packed, and a note about it. Raises ``UsageError`` (EDGE-02112)."""
    if named is None:
        return decide_layout(frame, config)
    if not any(tensor.type == I2_S for tensor in frame.tensors.values()):
        raise no_i2s(frame.file.path.name)
    return check_layout(named), ""


def _with_notes(config: DecoderConfig, notes: Sequence[str]) -> DecoderConfig:
    text = "; ".join(note for note in notes if note)
    return replace(config, provenance={**config.provenance, "note": text}) if text else config


class _Weights:
    """Weights that are read and decoded when they are asked for."""

    def __init__(self, tensors: GgufTensors, config: DecoderConfig) -> None:
        self._tensors, self._config = tensors, config

    def check(self, frame: GgufFile) -> None:
        """Every tensor is there, has its shape, and there is none that nobody would use.

        Raises ``ModelRefused`` (EDGE-02102, 02103, 02104, 02108).
        """
        known = {FREQUENCIES}
        for name, shape in self._expected():
            self._tensors.check(name, shape)
            known |= {name, name.removesuffix(".weight") + ".scale"}
        unknown = [name for name in frame.tensors if name not in known]
        if unknown:
            raise unsupported(
                f"tensor {unknown[0][:120]}",
                f"{len(unknown)} tensors belong to no part of a BitNet or Llama decoder: biases, "
                "norms of single projections, experts or more heads",
            )

    def describe(self) -> str:
        """What the first layer's matrices turned out to be, where not all are ternary."""
        layer = self.layer(0)
        dense = [name for name in _LINEAR if isinstance(getattr(layer, name), Dense)]
        return f"layer 0 computes in floats: {', '.join(dense)}" if dense else ""

    def embedding(self) -> NDArray[Any]:
        """float32 or float16 [vocabulary, hidden]."""
        return self._tensors.floats(_EMBEDDING)

    def final_norm(self) -> NDArray[np.float32]:
        """float32 [hidden]."""
        return self._norm(_FINAL_NORM)

    def head(self) -> NDArray[Any] | None:
        """float32 or float16 [vocabulary, hidden]; None where the embedding is the head."""
        return None if self._config.tied else self._tensors.floats(_HEAD)

    def layer(self, index: int) -> Layer:
        """One layer. Raises ``ModelRefused`` (EDGE-02105, 02106, 02107, 02110)."""
        if not 0 <= index < self._config.layers:
            raise IndexError(index)
        subs = _SUB_NORMS if self._config.sub_norms else {}
        norms = {field: self._norm(_name(index, name)) for field, name in _NORMS.items()}
        sub_norms = {field: self._norm(_name(index, name)) for field, name in subs.items()}
        linear = {f: self._tensors.linear(_name(index, name)) for f, name in _LINEAR.items()}
        return Layer(
            attention_norm=norms["attention_norm"],
            attention_sub_norm=sub_norms.get("attention_sub_norm"),
            ffn_norm=norms["ffn_norm"],
            ffn_sub_norm=sub_norms.get("ffn_sub_norm"),
            **linear,
        )

    def _norm(self, name: str) -> NDArray[np.float32]:
        return self._tensors.floats(name).astype(np.float32, copy=False)

    def _expected(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Name and shape of every tensor that is read."""
        c = self._config
        yield _EMBEDDING, (c.vocabulary, c.hidden)
        yield _FINAL_NORM, (c.hidden,)
        if not c.tied:
            yield _HEAD, (c.vocabulary, c.hidden)
        shapes = linear_shapes(c)
        for index in range(c.layers):
            for field, name in _LINEAR.items():
                yield _name(index, name), shapes[field]
            for name in _NORMS.values():
                yield _name(index, name), (c.hidden,)
            if c.sub_norms:
                yield _name(index, "attn_sub_norm"), (c.heads * c.head_size,)
                yield _name(index, "ffn_sub_norm"), (c.intermediate,)


def _name(index: int, name: str) -> str:
    return f"blk.{index}.{name}.weight"
