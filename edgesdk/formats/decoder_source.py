"""A decoder as a source model, and how float weights become ternary ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..decoder.config import DecoderConfig
from ..decoder.session import CONTINUATION, INPUTS, outputs
from ..decoder.weights import DecoderModel, Ternary
from .decoder_checks import check_codes, check_floats, check_scale
from .source import SourceModel


def decoder_source(
    format_name: str,
    path: Path,
    sha256: str,
    model: DecoderModel,
    versions: Mapping[str, str],
) -> SourceModel:
    """The source model of a decoder. Its weights stay where they are until they are asked for."""
    return SourceModel(
        format=format_name,
        path=path,
        sha256=sha256,
        content=b"",
        inputs=INPUTS,
        outputs=outputs(min(CONTINUATION, model.config.context)),
        operators=(),
        versions=dict(versions),
        metadata=dict(model.config.provenance),
        decoder=model,
    )


def ternarise(weights: NDArray[Any], tensor: str) -> Ternary:
    """Round to -1, 0, 1 times the mean absolute weight (absmean, arXiv 2402.17764).

    The steps are those of the published forward pass: all in float32, times the reciprocal.
    """
    floats = check_floats(np.asarray(weights, np.float32), tensor)
    mean = max(np.float32(np.abs(floats).mean(dtype=np.float64)), np.float32(1e-5))
    reciprocal = np.float32(1) / mean
    codes = np.clip(np.rint(floats * reciprocal), -1, 1).astype(np.int8)
    scale = float(np.float32(1) / reciprocal)
    return Ternary(check_codes(codes, tensor), check_scale(scale, tensor))


def linear_shapes(config: DecoderConfig) -> dict[str, tuple[int, int]]:
    """[out, in] of each linear layer, by the names of ``Layer``."""
    queries, keys = config.heads * config.head_size, config.kv_heads * config.head_size
    return {
        "query": (queries, config.hidden),
        "key": (keys, config.hidden),
        "value": (keys, config.hidden),
        "output": (config.hidden, queries),
        "gate": (config.intermediate, config.hidden),
        "up": (config.intermediate, config.hidden),
        "down": (config.hidden, config.intermediate),
    }
