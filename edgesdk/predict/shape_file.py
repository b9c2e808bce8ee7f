"""The sizes of a decoder from a file such as those in ``shapes/``.

There are two kinds. One describes a decoder of BitNet's or Llama's arithmetic, so it says
``activation`` and ``sub_norms``; the other gives sizes only, of any family.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..decoder.config import RELU2, SILU, DecoderConfig, rope_frequencies
from ..errors import UsageError
from ..formats.decoder_checks import LARGEST_HEAD, check_config
from ..formats.toml_file import only_keys, parse_toml
from .shape import DecoderShape, Experts, check_shape, shape_of, shown

_LARGEST = 1 << 20  # bytes of a file
_WHOLE = ("vocabulary", "hidden", "layers", "heads", "kv_heads", "head_size", "context")
_ARITHMETIC = {"theta", "activation", "sub_norms"}
_EXPERTS = ("experts", "experts_per_token", "expert_intermediate")
_FLAGS = {"gated", "parallel", "tied", "ternary"}
_SIZES = {*_FLAGS, *_EXPERTS, "positions", "window", "shared_intermediate", "dense_layers"}
_COMMON = {*_WHOLE, "intermediate", "source"}


@dataclass(frozen=True)
class ShapeFile:
    """``config`` is None where the file gives sizes only; ``ternary``: whether its linear layers
    are."""

    shape: DecoderShape
    config: DecoderConfig | None
    ternary: bool


def read_shape_file(path: Path, name: str) -> ShapeFile:
    """Raises ``UsageError`` (EDGE-02193) for what is no such file, ``ModelRefused`` (EDGE-02101)
    for sizes that no decoder has."""
    try:
        return parse_toml(path, _LARGEST, lambda document: _parsed(document, name))
    except ValueError as error:
        raise no_shape(
            f"{path.name} is no shape of a decoder",
            str(error),
            f"It takes {', '.join(sorted(_COMMON))}; and {', '.join(sorted(_ARITHMETIC))}, or for "
            f"sizes alone {', '.join(sorted(_SIZES))}",
        ) from None


def no_shape(what: str, evidence: str, next_step: str = "") -> UsageError:
    """The refusal of a name or a file that no sizes can be read from (EDGE-02193)."""
    return UsageError(what, evidence=evidence, next_step=next_step, code=193)


def _parsed(document: Mapping[str, Any], name: str) -> ShapeFile:
    arithmetic = bool(_ARITHMETIC & set(document))
    known = _COMMON | (_ARITHMETIC if arithmetic else _SIZES)
    only_keys(document, known)
    sizes = {key: _whole(document, key) for key in _WHOLE}
    if sizes["head_size"] > LARGEST_HEAD:
        raise ValueError(f"head_size is {sizes['head_size']}")
    if not arithmetic:
        return ShapeFile(_sizes(document, sizes, name), None, _flag(document, "ternary", False))
    config = check_config(_config(document, sizes), name)
    return ShapeFile(shape_of(config, name), config, True)


def _config(document: Mapping[str, Any], sizes: Mapping[str, Any]) -> DecoderConfig:
    theta = document.get("theta", 10000.0)
    if isinstance(theta, bool) or not isinstance(theta, (int, float)) or not 1 < theta < 1e12:
        raise ValueError("theta is no number from 1 to 1e12")
    activation, sub_norms = document.get("activation"), document.get("sub_norms")
    if activation not in (SILU, RELU2) or not isinstance(sub_norms, bool):
        raise ValueError(f"activation is {SILU} or {RELU2}, and sub_norms true or false")
    return DecoderConfig(
        **sizes,
        intermediate=_whole(document, "intermediate"),
        frequencies=rope_frequencies(sizes["head_size"], float(theta)),
        activation=activation,
        sub_norms=sub_norms,
    )


def _sizes(document: Mapping[str, Any], sizes: Mapping[str, int], name: str) -> DecoderShape:
    experts = _experts(document)
    plain = experts is None or bool(experts.dense)
    return check_shape(
        DecoderShape(
            name=name,
            **sizes,
            intermediate=_whole(document, "intermediate") if plain else 0,
            gated=_flag(document, "gated", True),
            tied=_flag(document, "tied", False),
            experts=experts,
            positions=_if_given(document, "positions"),
            parallel=_flag(document, "parallel", False),
            window=_if_given(document, "window"),
        )
    )


def _experts(document: Mapping[str, Any]) -> Experts | None:
    if "experts" not in document:
        if stray := sorted({*_EXPERTS, "shared_intermediate", "dense_layers"} & set(document)):
            raise ValueError(f"{stray[0]} needs experts")
        return None
    count, used, intermediate = (_whole(document, key) for key in _EXPERTS)
    shared = _if_given(document, "shared_intermediate")
    dense = document.get("dense_layers", [])
    if not isinstance(dense, list) or any(type(at) is not int for at in dense):
        raise ValueError("dense_layers are no list of layers")
    return Experts(count, used, intermediate, shared, tuple(dense))


def _whole(document: Mapping[str, Any], key: str) -> int:
    value = document.get(key)
    if type(value) is not int or value < 1:
        raise ValueError(f"{key} is {shown(value)}, and must be a number of 1 or more")
    return value


def _if_given(document: Mapping[str, Any], key: str) -> int:
    return _whole(document, key) if key in document else 0


def _flag(document: Mapping[str, Any], key: str, default: bool) -> bool:
    value = document.get(key, default)
    if not isinstance(value, bool):
        raise ValueError(f"{key} is {shown(value)}, and must be true or false")
    return value
