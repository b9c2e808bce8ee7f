"""The weights of a Hugging Face folder, a layer at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...decoder.config import DecoderConfig
from ...decoder.weights import Dense, Layer, Linear, Ternary
from ..decoder_checks import check_codes, check_floats, check_scale, unsupported
from ..decoder_source import linear_shapes, ternarise
from ..safetensors import Safetensors
from .config import DIVIDE, MASTER, FolderConfig

EMBEDDING, FINAL_NORM, HEAD = "model.embed_tokens.weight", "model.norm.weight", "lm_head.weight"
_FLOAT = ("F32", "F16", "BF16")
_SCALE = "_scale"  # after the name of a packed weight
_IGNORED = "rotary_emb.inv_freq"  # the angles, which are computed anew
_Shape = tuple[int, ...]

LINEAR = {
    "query": "self_attn.q_proj",
    "key": "self_attn.k_proj",
    "value": "self_attn.v_proj",
    "output": "self_attn.o_proj",
    "gate": "mlp.gate_proj",
    "up": "mlp.up_proj",
    "down": "mlp.down_proj",
}
NORMS = {"attention_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm"}
# As transformers names them, and as the checkpoints of the first reproduction do.
SUB_NORMS = {
    "attention_sub_norm": ("self_attn.attn_sub_norm", "self_attn.inner_attn_ln"),
    "ffn_sub_norm": ("mlp.ffn_sub_norm", "mlp.ffn_layernorm"),
}


class FolderWeights:
    """Weights that are read and decoded when they are asked for."""

    def __init__(self, tensors: Safetensors, config: DecoderConfig, folder: FolderConfig) -> None:
        self._tensors, self._config, self._folder = tensors, config, folder

    def check(self) -> None:
        """Every tensor is there, has its shape, and there is none that nobody would use.

        Raises ``ModelRefused`` (EDGE-02102, 02103, 02104).
        """
        known = {HEAD}
        for name, shape, dtypes in self._expected():
            self._tensors.check(name, shape, dtypes)
            known.add(name)
        unknown = [n for n in self._tensors if n not in known and not n.endswith(_IGNORED)]
        if unknown:
            raise unsupported(
                f"tensor {unknown[0][:120]}",
                f"{len(unknown)} tensors belong to no part of a BitNet or Llama decoder: biases, "
                "norms of single projections, more heads or adapters",
            )

    def embedding(self) -> NDArray[Any]:
        """float32 or float16 [vocabulary, hidden]."""
        return check_floats(self._tensors.read(EMBEDDING), EMBEDDING)

    def final_norm(self) -> NDArray[np.float32]:
        """float32 [hidden]."""
        return self._floats(FINAL_NORM)

    def head(self) -> NDArray[Any] | None:
        """float32 or float16 [vocabulary, hidden]; None where the embedding is the head."""
        return None if self._config.tied else check_floats(self._tensors.read(HEAD), HEAD)

    def layer(self, index: int) -> Layer:
        """One layer. Raises ``ModelRefused`` (EDGE-02105, 02106, 02107, 02110)."""
        if not 0 <= index < self._config.layers:
            raise IndexError(index)
        before = prefix(index)
        norms = {field: self._floats(f"{before}{name}.weight") for field, name in NORMS.items()}
        subs = {field: self._floats(name) for field, name in self._sub_norms(index).items()}
        rows = {field: shape[0] for field, shape in linear_shapes(self._config).items()}
        linear = {f: self._linear(f"{before}{name}.weight", rows[f]) for f, name in LINEAR.items()}
        return Layer(
            attention_norm=norms["attention_norm"],
            attention_sub_norm=subs.get("attention_sub_norm"),
            ffn_norm=norms["ffn_norm"],
            ffn_sub_norm=subs.get("ffn_sub_norm"),
            **linear,
        )

    def _expected(self) -> Iterator[tuple[str, _Shape, tuple[str, ...]]]:
        """Name, shape and possible dtypes of every tensor that is read."""
        c = self._config
        yield EMBEDDING, (c.vocabulary, c.hidden), _FLOAT
        yield FINAL_NORM, (c.hidden,), _FLOAT
        if not c.tied:
            yield HEAD, (c.vocabulary, c.hidden), _FLOAT
        shapes = linear_shapes(c)
        for index in range(c.layers):
            before = prefix(index)
            for name in NORMS.values():
                yield f"{before}{name}.weight", (c.hidden,), _FLOAT
            sizes = {"attention_sub_norm": c.heads * c.head_size, "ffn_sub_norm": c.intermediate}
            for field, name in self._sub_norms(index).items():
                yield name, (sizes[field],), _FLOAT
            for field, name in LINEAR.items():
                yield from self._expected_linear(f"{before}{name}.weight", shapes[field])

    def _expected_linear(
        self, name: str, shape: tuple[int, int]
    ) -> Iterator[tuple[str, _Shape, tuple[str, ...]]]:
        if not self._packed(name):
            yield name, shape, _FLOAT
            return
        if self._tensors.dtype(name) == "U8":
            shape = (-(-shape[0] // 4), shape[1])
        yield name, shape, ("U8", *_FLOAT)
        scale = name + _SCALE
        yield scale, () if self._tensors.is_scalar(scale) else (1,), _FLOAT

    def _packed(self, name: str) -> bool:
        return self._folder.converted(name) and self._folder.linear != MASTER

    def _sub_norms(self, index: int) -> dict[str, str]:
        if not self._config.sub_norms:
            return {}
        before = prefix(index)
        return {
            field: f"{before}{old if f'{before}{old}.weight' in self._tensors else new}.weight"
            for field, (new, old) in SUB_NORMS.items()
        }

    def _floats(self, name: str) -> NDArray[np.float32]:
        return check_floats(self._tensors.read(name), name).astype(np.float32, copy=False)

    def _linear(self, name: str, rows: int) -> Linear:
        if not self._folder.converted(name):
            return Dense(self._floats(name))
        if not self._packed(name):
            return ternarise(self._tensors.read(name), name)
        stored = self._tensors.read(name)
        # Four rows share a byte: the last ones may be there to fill it up.
        codes = unpack(stored)[:rows] if stored.dtype == np.uint8 else _whole(stored, name)
        return Ternary(check_codes(codes, name), self._scale(name + _SCALE))

    def _scale(self, name: str) -> float:
        """What the codes are multiplied with; in one of the two forms the file has its inverse."""
        stored = check_scale(float(self._tensors.read(name).reshape(())), name)
        if self._folder.linear != DIVIDE:
            return stored
        return float(np.float32(1) / np.float32(stored))


def unpack(packed: NDArray[np.uint8]) -> NDArray[np.int8]:
    """Codes [4 n, in] of bytes [n, in]: two bits each, of rows r, r + n, r + 2 n and r + 3 n."""
    codes = np.empty((4, *packed.shape), np.int8)
    for part in range(4):
        codes[part] = (packed >> (2 * part) & 3).astype(np.int8) - 1
    return codes.reshape(4 * packed.shape[0], packed.shape[1])


def _whole(stored: NDArray[Any], name: str) -> NDArray[np.int8]:
    """Codes that a folder holds as floats; what is none of them becomes one that is refused."""
    floats = check_floats(stored, name)
    codes: NDArray[np.int8] = np.where(np.abs(floats) <= 1, np.rint(floats), 2).astype(np.int8)
    codes[codes != floats] = 2
    return codes


def prefix(index: int) -> str:
    """How the names of a layer's tensors begin."""
    return f"model.layers.{index}."
