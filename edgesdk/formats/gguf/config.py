"""The metadata of a GGUF file as a decoder's configuration.

Names and meanings: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, and for what differs
between architectures the graphs of llama.cpp and of bitnet.cpp's fork of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...decoder.config import ADJACENT, HALVES, RELU2, SILU, DecoderConfig
from ..decoder_checks import LARGEST_HEAD, bad_config, check_config, missing, unsupported
from ..rope_scaling import scaled_frequencies
from .frame import GgufFile
from .types import F32

FREQUENCIES = "rope_freqs.weight"  # what each pair's angle is divided by

# Architecture: which entries RoPE pairs, activation, whether there are sub-norms. Converters
# permute the query and key rows of llama's so that its pairs lie beside each other, bitnet's not.
_ARCHITECTURES = {
    "llama": (ADJACENT, SILU, False),
    "bitnet": (HALVES, SILU, True),
    "bitnet-25": (HALVES, RELU2, True),
    "bitnet-b1.58": (HALVES, RELU2, True),
}


def gguf_config(frame: GgufFile) -> DecoderConfig:
    """What the metadata says. Raises ``ModelRefused`` (EDGE-02101, 02102, 02103)."""
    name = str(frame.metadata.get("general.architecture", ""))[:80]
    if name not in _ARCHITECTURES:
        raise unsupported(f"architecture {name!r}", f"it reads {', '.join(_ARCHITECTURES)}")
    pairing, activation, sub_norms = _ARCHITECTURES[name]
    keys = _Keys(frame.metadata, name, frame.file.name)
    if keys.whole("expert_count", 0):
        raise unsupported("a mixture of experts", "each layer must have one feed-forward part")
    if "token_embd.weight" not in frame.tensors:
        raise missing("token_embd.weight", frame.file.name)
    head_size = _head_size(keys)
    config = DecoderConfig(
        vocabulary=frame.tensors["token_embd.weight"].shape[0],
        hidden=keys.whole("embedding_length"),
        intermediate=keys.whole("feed_forward_length"),
        layers=keys.whole("block_count"),
        heads=keys.whole("attention.head_count"),
        kv_heads=keys.whole("attention.head_count_kv", keys.whole("attention.head_count")),
        head_size=head_size,
        context=keys.whole("context_length"),
        frequencies=_frequencies(frame, keys, head_size),
        norm_epsilon=keys.number("attention.layer_norm_rms_epsilon"),
        activation=activation,
        pairing=pairing,
        sub_norms=sub_norms,
        tied="output.weight" not in frame.tensors,
        provenance={"format": "gguf", "architecture": name},
    )
    if keys.whole("vocab_size", config.vocabulary) != config.vocabulary:
        raise bad_config(frame.file.name, f"its embedding has {config.vocabulary} tokens")
    return check_config(config, frame.file.name)


def _head_size(keys: _Keys) -> int:
    size = keys.whole("attention.key_length", 0)
    if not size:
        size = keys.whole("embedding_length") // max(1, keys.whole("attention.head_count"))
    others = (
        keys.whole("attention.value_length", size),
        keys.whole("rope.dimension_count", size),
    )
    if any(other != size for other in others):
        raise unsupported(
            f"heads of {size} entries, of values {others[0]}, of which RoPE turns {others[1]}",
            "the three must be one number",
        )
    if size > LARGEST_HEAD:
        raise bad_config(keys.file, f"its heads have {size} entries")
    return size


def _frequencies(frame: GgufFile, keys: _Keys, head_size: int) -> tuple[float, ...]:
    theta = keys.number("rope.freq_base", 10_000.0)
    frequencies = scaled_frequencies(head_size, theta, _scaling(keys), keys.file)
    tensor = frame.tensors.get(FREQUENCIES)
    if tensor is None:
        return frequencies
    if tensor.type != F32 or tensor.shape != (head_size // 2,):
        raise bad_config(keys.file, f"{FREQUENCIES} is {tensor.describe()}")
    divisors = frame.file.array(tensor.offset, "<f4", tensor.shape)
    if not bool((np.isfinite(divisors) & (divisors > 0)).all()):
        raise bad_config(keys.file, f"{FREQUENCIES} has values that divide nothing")
    return tuple(float(f / d) for f, d in zip(frequencies, divisors, strict=True))


def _scaling(keys: _Keys) -> dict[str, Any]:
    """Linear where the file names no kind, by a factor that files of 2023 have in another key."""
    kind = str(keys.found("rope.scaling.type", "linear"))[:40]
    if kind != "linear":
        return {"rope_type": kind}
    new, old = "rope.scaling.factor", "rope.scale_linear"
    factor = keys.number(old if keys.found(new) is None else new, 1.0, least=0.0)
    return {"rope_type": kind, "factor": factor or 1.0}  # 0 stands for none


class _Keys:
    """The metadata of one architecture; its keys begin with the architecture's name."""

    def __init__(self, metadata: Mapping[str, Any], prefix: str, file: str) -> None:
        self._metadata, self._prefix, self.file = metadata, prefix, file

    def found(self, key: str, default: Any = None) -> Any:
        return self._metadata.get(f"{self._prefix}.{key}", default)

    def whole(self, key: str, default: int | None = None) -> int:
        value = self.found(key)
        if value is None and default is not None:
            return default
        if isinstance(value, (list, np.ndarray)):
            raise unsupported(f"{key} differs between layers", "all layers must be alike")
        if type(value) is not int or not 0 <= value < 2**31:
            raise bad_config(self.file, f"its {self._prefix}.{key} is {str(value)[:40]}")
        return value

    def number(self, key: str, default: float | None = None, least: float = 5e-324) -> float:
        value = self.found(key)
        if value is None and default is not None:
            return default
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not least <= value < 1e12:
            raise bad_config(self.file, f"its {self._prefix}.{key} is {str(value)[:40]}")
        return float(value)
