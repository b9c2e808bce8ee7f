"""Reading a checkpoint of llama2.c: a header, then every kind of tensor for all layers in turn.

Version 0 (no magic) and version 1 hold float32, version 2 int8 in groups with a float32 scale each.
Layouts: the export script of https://github.com/karpathy/llama2.c
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...decoder.config import ADJACENT, DecoderConfig, rope_frequencies
from ...decoder.weights import DecoderModel, Dense, Layer
from ..decoder_checks import bad_config, check_config, check_floats, malformed
from ..decoder_source import decoder_source
from ..source import SourceModel
from ..tensor_file import TensorFile
from .tokenizer import tokenizer_beside

MAGIC = 0x616B3432  # "ak42", of the versions after 0
_KIND = "llama2.c"
_THETA = 10_000.0  # the program that runs these files knows no other


@dataclass(frozen=True)
class _Header:
    version: int
    start: int  # bytes before the first tensor
    group: int  # weights that share one scale; 0 where they are floats
    config: DecoderConfig


def read_llama2c(path: Path | str) -> SourceModel:
    """Read a ``.bin`` checkpoint, and the tokenizer beside it where there is one.

    Raises ``ModelRefused`` (EDGE-0270, 02100, 02101, 02107, 02110, 02124), ``UsageError``
    (EDGE-0210).
    """
    file = TensorFile(Path(path))
    header = _read_header(file)
    weights = _Weights(file, header)
    weights.check_size()
    vocabulary = tokenizer_beside(file.path, header.config.vocabulary)
    model = DecoderModel(header.config, weights, vocabulary)
    versions = {"llama2.c": str(header.version)}
    return decoder_source(_KIND, file.path, file.sha256(), model, versions)


def _read_header(file: TensorFile) -> _Header:
    head = file.bytes_at(0, 256).ljust(256, b"\0")
    magic, version = struct.unpack("<Ii", head[:8])
    if magic != MAGIC:
        return _Header(0, 28, 0, _config(struct.unpack("<7i", head[:28]), None, file.name))
    if version not in (1, 2):
        raise malformed(file.name, _KIND, f"its version is {version}; 0, 1 and 2 are known")
    sizes = struct.unpack("<7i", head[8:36])
    group = struct.unpack("<i", head[37:41])[0] if version == 2 else 0
    config = _config(sizes, bool(head[36]), file.name)
    if version == 2 and not (0 < group <= config.hidden and config.hidden % group == 0):
        raise bad_config(file.name, f"{config.hidden} weights do not part in groups of {group}")
    if version == 2 and config.intermediate % group:
        raise bad_config(
            file.name, f"{config.intermediate} weights do not part in groups of {group}"
        )
    return _Header(version, 256, group, config)


def _config(sizes: tuple[int, ...], tied: bool | None, name: str) -> DecoderConfig:
    """``tied`` is None where a negative vocabulary says that the head has weights of its own."""
    hidden, intermediate, layers, heads, kv_heads, vocabulary, context = sizes
    if heads <= 0 or hidden <= 0 or hidden % heads:
        raise bad_config(name, f"its width {hidden} does not part into {heads} heads")
    head_size = hidden // heads
    config = DecoderConfig(
        vocabulary=abs(vocabulary),
        hidden=hidden,
        intermediate=intermediate,
        layers=layers,
        heads=heads,
        kv_heads=kv_heads,
        head_size=head_size,
        context=context,
        frequencies=rope_frequencies(min(head_size, 1 << 16), _THETA),
        pairing=ADJACENT,
        tied=vocabulary > 0 if tied is None else tied,
        provenance={"format": "llama2.c"},
    )
    return check_config(config, name)


class _Weights:
    """The tensors of one file, by name: each has its layers one after the other."""

    def __init__(self, file: TensorFile, header: _Header) -> None:
        self._file, self._group, self._config = file, header.group, header.config
        self._shapes = _shapes(header.config)
        self._offsets: dict[str, int] = {}
        offset = header.start
        for name in _order(header):
            self._offsets[name] = offset
            offset += self._bytes(name)
        self._end = offset

    def check_size(self) -> None:
        """Raises ``ModelRefused`` when the file has not the bytes that its header asks for."""
        if self._file.size != self._end:
            why = f"it has {self._file.size} bytes; its header asks for {self._end}"
            raise malformed(self._file.name, _KIND, why)

    def embedding(self) -> NDArray[Any]:
        return self._read("embedding")

    def final_norm(self) -> NDArray[np.float32]:
        return self._read("final_norm")

    def head(self) -> NDArray[Any] | None:
        return None if self._config.tied else self._read("head")

    def layer(self, index: int) -> Layer:
        if not 0 <= index < self._config.layers:
            raise IndexError(index)
        dense = {
            name: Dense(self._read(name, index))
            for name in ("query", "key", "value", "output", "gate", "up", "down")
        }
        return Layer(
            attention_norm=self._read("attention_norm", index),
            attention_sub_norm=None,
            ffn_norm=self._read("ffn_norm", index),
            ffn_sub_norm=None,
            **dense,
        )

    def _bytes(self, name: str) -> int:
        layers, shape = self._shapes[name]
        return layers * self._layer_bytes(name, math.prod(shape))

    def _layer_bytes(self, name: str, count: int) -> int:
        if self._group and "norm" not in name:
            return count + 4 * (count // self._group)
        return 4 * count

    def _read(self, name: str, index: int = 0) -> NDArray[np.float32]:
        shape = self._shapes[name][1]
        count = math.prod(shape)
        offset = self._offsets[name] + index * self._layer_bytes(name, count)
        label = f"{name} of layer {index}" if self._shapes[name][0] > 1 else name
        if not self._group or "norm" in name:
            floats = self._file.array(offset, "<f4", shape)
        else:
            codes = self._file.array(offset, np.int8, (count // self._group, self._group))
            scales = self._file.array(offset + count, "<f4", (count // self._group, 1))
            with np.errstate(over="ignore", invalid="ignore"):  # looked at below
                floats = (codes * scales).reshape(shape)
        return check_floats(floats, label).astype(np.float32, copy=False)


def _order(header: _Header) -> list[str]:
    matrices = ["query", "key", "value", "output"]
    mixing = ["gate", "down", "up"]
    head = [] if header.config.tied else ["head"]
    if header.version == 0:
        norms = ["attention_norm", *matrices, "ffn_norm", *mixing, "final_norm", "rotations"]
        return ["embedding", *norms, *head]
    return ["attention_norm", "ffn_norm", "final_norm", "embedding", *matrices, *mixing, *head]


def _shapes(c: DecoderConfig) -> dict[str, tuple[int, tuple[int, ...]]]:
    """For each tensor how many times it is there, and its shape."""
    keys = c.kv_heads * c.head_size
    return {
        "embedding": (1, (c.vocabulary, c.hidden)),
        "attention_norm": (c.layers, (c.hidden,)),
        "query": (c.layers, (c.hidden, c.hidden)),
        "key": (c.layers, (keys, c.hidden)),
        "value": (c.layers, (keys, c.hidden)),
        "output": (c.layers, (c.hidden, c.hidden)),
        "ffn_norm": (c.layers, (c.hidden,)),
        "gate": (c.layers, (c.intermediate, c.hidden)),
        "down": (c.layers, (c.hidden, c.intermediate)),
        "up": (c.layers, (c.intermediate, c.hidden)),
        "final_norm": (1, (c.hidden,)),
        "rotations": (2, (c.context, c.head_size // 2)),  # cosines and sines: computed anew
        "head": (1, (c.vocabulary, c.hidden)),
    }
