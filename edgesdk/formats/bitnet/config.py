"""The ``config.json`` of a Hugging Face folder: the sizes, and what its linear layers hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...decoder.config import RELU2, SILU, DecoderConfig
from ..decoder_checks import LARGEST_HEAD, bad_config, check_config, unsupported
from ..rope_scaling import scaled_frequencies

_ACTIVATIONS = {"silu": SILU, "swish": SILU, "relu2": RELU2}
_BITNET = ("BitNetForCausalLM", "BitnetForCausalLM")
# What a config.json of the type means where it has no such key, as transformers has it.
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "bitnet": {"rope_theta": 500_000.0, "num_key_value_heads": 5},
    "llama": {"rope_theta": 10_000.0},
}
_ONE_OF_BOTH = "BitNet and Llama folders are read (model_type bitnet or llama)"

# What the linear layers of a folder hold. The packed forms carry a scale beside their codes, which
# one of the two published layers multiplies with and the other divides by.
FLOATS, MASTER, MULTIPLY, DIVIDE = "floats", "master", "multiply", "divide"


@dataclass(frozen=True)
class FolderConfig:
    """``linear`` is FLOATS, MASTER (floats, to be ternarised), MULTIPLY or DIVIDE.

    ``converted(name)`` tells which layers that is true of. ``tied`` is None where the file does
    not say whether the embedding is the head.
    """

    sizes: Mapping[str, Any]
    linear: str
    kept: tuple[str, ...]
    sub_norms: bool
    tied: bool | None

    def converted(self, name: str) -> bool:
        """Whether the layer is a ternary one; those in ``modules_to_not_convert`` are not."""
        return self.linear != FLOATS and not any(part in name for part in self.kept)

    def decoder(self, *, tied: bool, name: str) -> DecoderConfig:
        """The decoder's configuration. Raises ``ModelRefused`` (EDGE-02101, 02102)."""
        config = DecoderConfig(
            **self.sizes,
            sub_norms=self.sub_norms,
            tied=tied,
            provenance={"format": "huggingface", "linear": self.linear},
        )
        return check_config(config, name)


def folder_config(document: Mapping[str, Any], name: str) -> FolderConfig:
    """What a ``config.json`` says, with the keys of transformers 4 and 5.

    Raises ``ModelRefused``: EDGE-02101 for a missing or impossible number, EDGE-02102 for a kind
    of model that is not read.
    """
    bitnet = _is_bitnet(document)
    document = {**_DEFAULTS.get(str(document.get("model_type")), {}), **document}
    for key in ("attention_bias", "mlp_bias", "sliding_window", "use_qk_norm"):
        if document.get(key):
            raise unsupported(f"{key} is {str(document[key])[:20]}", _ONE_OF_BOTH)
    linear, kept = _linear(document, bitnet)
    tied = document.get("tie_word_embeddings")
    return FolderConfig(
        sizes=_sizes(document, name),
        linear=linear,
        kept=kept,
        sub_norms=bitnet,
        tied=tied if isinstance(tied, bool) else None,
    )


def _is_bitnet(document: Mapping[str, Any]) -> bool:
    architectures = document.get("architectures") or []
    kinds = (
        [str(kind)[:80] for kind in architectures[:8]] if isinstance(architectures, list) else []
    )
    model_type = str(document.get("model_type", ""))[:80]
    if model_type == "bitnet" or any(kind in _BITNET for kind in kinds):
        return True
    if model_type != "llama" or any(kind != "LlamaForCausalLM" for kind in kinds):
        raise unsupported(" ".join([model_type or "no model_type", *kinds]), _ONE_OF_BOTH)
    return False


def _sizes(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    heads = _whole(document, "num_attention_heads", name)
    hidden = _whole(document, "hidden_size", name)
    head_size = _whole(document, "head_dim", name, hidden // max(1, heads))
    if head_size > LARGEST_HEAD:
        raise bad_config(name, f"its heads have {head_size} entries")
    activation = str(document.get("hidden_act"))[:40]
    if activation not in _ACTIVATIONS:
        raise unsupported(f"activation {activation!r}", "silu and relu2 are read")
    return {
        "vocabulary": _whole(document, "vocab_size", name),
        "hidden": hidden,
        "intermediate": _whole(document, "intermediate_size", name),
        "layers": _whole(document, "num_hidden_layers", name),
        "heads": heads,
        "kv_heads": _whole(document, "num_key_value_heads", name, heads),
        "head_size": head_size,
        "context": _whole(document, "max_position_embeddings", name),
        "frequencies": _frequencies(document, head_size, name),
        "norm_epsilon": _number(document, "rms_norm_eps", name),
        "activation": _ACTIVATIONS[activation],
    }


def _frequencies(document: Mapping[str, Any], head_size: int, name: str) -> tuple[float, ...]:
    """``rope_parameters`` holds base and scaling since transformers 5; before, two keys do."""
    rope = document.get("rope_parameters")
    rope = rope if rope is not None else (document.get("rope_scaling") or {})
    if not isinstance(rope, dict):
        raise bad_config(name, "its rope scaling is no object")
    if document.get("partial_rotary_factor", rope.get("partial_rotary_factor", 1)) != 1:
        raise unsupported("RoPE on a part of each head", "it must turn whole heads")
    theta = _number({**document, **rope}, "rope_theta", name)
    return scaled_frequencies(head_size, theta, rope, name)


def _linear(document: Mapping[str, Any], bitnet: bool) -> tuple[str, tuple[str, ...]]:
    """What the linear layers hold, and the parts of the names of those that stay float."""
    quantisation = document.get("quantization_config")
    if not quantisation:
        return (MASTER if bitnet else FLOATS), ()
    method = quantisation.get("quant_method") if isinstance(quantisation, dict) else None
    if method != "bitnet":
        raise unsupported(
            f"quantisation {str(method)[:40]!r}",
            "bitnet is read, and models without quantization_config",
        )
    if quantisation.get("use_rms_norm"):
        raise unsupported(
            "a norm before each projection (use_rms_norm, as in BitNet embedding models)",
            "query, key and value would each need an input of their own",
        )
    kept = quantisation.get("modules_to_not_convert") or []
    if not isinstance(kept, list) or len(kept) > 4096:
        raise unsupported("modules_to_not_convert is no list", "")
    return _layer_kind(quantisation), tuple(str(part) for part in kept if part)


def _layer_kind(quantisation: Mapping[str, Any]) -> str:
    layer = quantisation.get("linear_class", "bitlinear")
    mode = quantisation.get("quantization_mode", "offline")
    if layer == "bitlinear":
        return DIVIDE
    if layer == "autobitlinear" and mode in ("online", "offline"):
        return MASTER if mode == "online" else MULTIPLY
    raise unsupported(
        f"linear_class {str(layer)[:40]!r} with quantization_mode {str(mode)[:40]!r}",
        "bitlinear and autobitlinear are read, online or offline",
    )


def _whole(document: Mapping[str, Any], key: str, name: str, default: int | None = None) -> int:
    value = document.get(key)
    if value is None and default is not None:
        return default
    if type(value) is not int or not 0 < value < 2**31:
        raise bad_config(name, f"its {key} is {str(value)[:40]}")
    return value


def _number(document: Mapping[str, Any], key: str, name: str) -> float:
    value = document.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e12:
        raise bad_config(name, f"its {key} is {str(value)[:40]}")
    return float(value)
