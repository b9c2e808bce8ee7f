"""What must hold of a decoder before anybody packs it: a wrong layout must not pass as weights."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..decoder.config import DecoderConfig
from ..errors import ModelRefused

# The caps lie above every published decoder, and keep a product of two of them below 2**40.
LARGEST_VOCABULARY = 1 << 20
LARGEST_WIDTH = 1 << 18  # hidden and intermediate size
MOST_LAYERS = 1024
MOST_HEADS = 1024
LARGEST_HEAD = 1024
LARGEST_CONTEXT = 1 << 24
LARGEST_MATRIX = 1 << 32  # entries; published decoders of 400 billion weights have less

ENOUGH_CODES = 4096  # below it the share of zeros says nothing
FEWEST_ZEROS, MOST_ZEROS = 0.05, 0.90  # absmean rounding gives about a third to a half
SMALLEST_SCALE, LARGEST_SCALE = 1e-7, 1e5  # published checkpoints have 0.005 to 10


def check_config(config: DecoderConfig, name: str) -> DecoderConfig:
    """The config, when its sizes agree. Raises ``ModelRefused`` (EDGE-02101)."""
    caps = {
        "vocabulary": LARGEST_VOCABULARY,
        "hidden": LARGEST_WIDTH,
        "intermediate": LARGEST_WIDTH,
        "layers": MOST_LAYERS,
        "heads": MOST_HEADS,
        "kv_heads": MOST_HEADS,
        "head_size": LARGEST_HEAD,
        "context": LARGEST_CONTEXT,
    }
    for field, most in caps.items():
        if not 0 < getattr(config, field) <= most:
            raise bad_config(name, f"{field} is {getattr(config, field)}, of 1 to {most}")
    widths = (config.vocabulary, config.intermediate, config.heads * config.head_size)
    if config.hidden * max(widths) > LARGEST_MATRIX:
        raise bad_config(name, f"a matrix of {config.hidden} by {max(widths)} is larger than any")
    if config.heads % config.kv_heads:
        raise bad_config(name, f"{config.heads} heads cannot share {config.kv_heads} key heads")
    if config.head_size % 2 or len(config.frequencies) != config.head_size // 2:
        raise bad_config(name, f"a head of {config.head_size} cannot be turned in pairs")
    if not all(math.isfinite(f) and f >= 0 for f in config.frequencies):
        raise bad_config(name, "the angles of its positions are no numbers")
    if not 0 < config.norm_epsilon < 1:
        raise bad_config(name, f"the epsilon of its norms is {config.norm_epsilon}")
    return config


def check_codes(codes: NDArray[np.int8], tensor: str) -> NDArray[np.int8]:
    """Codes [out, in], when they look like weights. Raises ``ModelRefused`` (EDGE-02105)."""
    if codes.size and not (int(codes.min()) >= -1 and int(codes.max()) <= 1):
        raise _implausible(tensor, "it has codes that are none of -1, 0 and 1")
    if codes.size >= ENOUGH_CODES:
        zeros = 1 - np.count_nonzero(codes) / codes.size
        if not FEWEST_ZEROS <= zeros <= MOST_ZEROS:
            raise _implausible(tensor, f"{zeros:.1%} of its codes are zero, of 5 % to 90 %")
    return codes


def check_scale(scale: float, tensor: str) -> float:
    """The scale of a ternary matrix. Raises ``ModelRefused`` (EDGE-02106)."""
    if not (math.isfinite(scale) and SMALLEST_SCALE <= scale <= LARGEST_SCALE):
        raise ModelRefused(
            f"The scale of {tensor} is {scale:g}, which no trained model has",
            evidence=f"scales lie between {SMALLEST_SCALE:g} and {LARGEST_SCALE:g}",
            next_step="Convert the model again: the file is damaged, or in another layout",
            code=106,
        )
    return scale


def check_floats(values: NDArray[Any], tensor: str) -> NDArray[Any]:
    """Floats, when all are finite. Raises ``ModelRefused`` (EDGE-02107)."""
    # The sum of absolute values is finite only if all are; it needs no array of the same size.
    with np.errstate(over="ignore", invalid="ignore"):
        finite = all(np.isfinite(np.abs(row).sum(dtype=np.float64)) for row in _rows(values))
    if not finite:
        raise ModelRefused(
            f"{tensor} holds values that are not finite",
            evidence="it has an infinite value, or one that is no number (NaN)",
            next_step="Convert the model again: the file is damaged, or its training went wrong",
            code=107,
        )
    return values


def _rows(values: NDArray[Any]) -> list[NDArray[Any]]:
    """In pieces of at most about a million entries."""
    flat = values.reshape(-1)
    return [flat[at : at + (1 << 20)] for at in range(0, flat.size, 1 << 20)]


def bad_config(name: str, why: str) -> ModelRefused:
    """The refusal of a description that contradicts itself or has a gap (EDGE-02101)."""
    return ModelRefused(
        f"{name} does not describe a decoder that can be built",
        evidence=why,
        next_step="Take the model from where it was published, or convert it again",
        code=101,
    )


def malformed(name: str, kind: str, why: str) -> ModelRefused:
    """The refusal of a file that is not what its name says (EDGE-02100)."""
    return ModelRefused(
        f"{name} is not a well-formed {kind} file",
        evidence=why,
        next_step="Download or convert it again: it is damaged, or of another kind",
        code=100,
    )


def unsupported(what: str, why: str, next_step: str = "") -> ModelRefused:
    """The refusal of a kind of decoder that is not read (EDGE-02102)."""
    return ModelRefused(
        f"This kind of decoder is not read: {what}", evidence=why, next_step=next_step, code=102
    )


def missing(tensor: str, name: str) -> ModelRefused:
    """The refusal of a model without one of its tensors (EDGE-02103)."""
    return ModelRefused(
        f"{name} has no tensor {tensor}",
        next_step="Take the model from where it was published: a part of it may be missing",
        code=103,
    )


def wrong_shape(tensor: str, found: str, wanted: str) -> ModelRefused:
    """The refusal of a tensor that is not as the description says (EDGE-02104)."""
    return ModelRefused(
        f"{tensor} is {found}; the model's description asks for {wanted}",
        next_step="Take description and weights from one place: they are of two models",
        code=104,
    )


def _implausible(tensor: str, why: str) -> ModelRefused:
    return ModelRefused(
        f"{tensor} does not look like ternary weights",
        evidence=why,
        next_step="Convert the model again: the file is damaged, or packed in another layout",
        code=105,
    )
