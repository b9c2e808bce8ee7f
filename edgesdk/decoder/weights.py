"""The weights of a decoder, as every source format gives them and every backend packs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .config import DecoderConfig

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Ternary:
    """A BitLinear layer: y = scale * (codes @ q) * absmax(x) / 127, with x quantised to int8 q.

    ``codes``: int8 [out, in], each -1, 0 or 1. ``scale``: what the codes are multiplied with.
    """

    codes: NDArray[np.int8]
    scale: float


@dataclass(frozen=True)
class Dense:
    """An ordinary linear layer, y = weights @ x. ``weights``: float32 [out, in]."""

    weights: Floats


Linear = Ternary | Dense


@dataclass(frozen=True)
class Layer:
    """One transformer layer. Norm weights are float32 [in of what follows], or None."""

    attention_norm: Floats  # [hidden]
    query: Linear  # [heads * head_size, hidden]
    key: Linear  # [kv_heads * head_size, hidden]
    value: Linear  # [kv_heads * head_size, hidden]
    attention_sub_norm: Floats | None  # [heads * head_size]
    output: Linear  # [hidden, heads * head_size]
    ffn_norm: Floats  # [hidden]
    gate: Linear  # [intermediate, hidden]
    up: Linear  # [intermediate, hidden]
    ffn_sub_norm: Floats | None  # [intermediate]
    down: Linear  # [hidden, intermediate]


class DecoderWeights(Protocol):
    """Weights that are decoded as they are asked for, a layer at a time: models are large."""

    def embedding(self) -> NDArray[Any]:
        """float32 or float16 [vocabulary, hidden]; a bfloat16 one is widened to float32."""

    def layer(self, index: int) -> Layer:
        """One layer. Raises ``ModelRefused`` for values that no trained model holds."""

    def final_norm(self) -> Floats:
        """float32 [hidden]."""

    def head(self) -> NDArray[Any] | None:
        """float32 or float16 [vocabulary, hidden]; None where the embedding is the head."""


@dataclass(frozen=True)
class Vocabulary:
    """How text becomes tokens, in a form that a bundle can carry.

    ``kind``: "tokenizer.json" (the format of Hugging Face's ``tokenizers``) or "sentencepiece" (the
    JSON of ``docs/decoder-tokenizer.md``). ``content``: the UTF-8 file. ``template``: the chat
    template (Jinja), "" for none. ``stops``: tokens that end a generation.
    """

    kind: str
    content: bytes
    beginning: int | None = None
    stops: tuple[int, ...] = ()
    template: str = ""


@dataclass(frozen=True)
class DecoderModel:
    """A decoder as an importer read it. ``vocabulary`` is None where the source has none."""

    config: DecoderConfig
    weights: DecoderWeights
    vocabulary: Vocabulary | None
