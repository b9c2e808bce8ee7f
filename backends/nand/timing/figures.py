"""Published figures of a model on a device, which stand beside a prediction of both."""

from __future__ import annotations

from collections.abc import Mapping

from edgesdk.predict import DECODE, Published
from edgesdk.predict.model import named_shape
from edgesdk.predict.shape import DecoderShape

from .published import CONTEXT, MODELS, RATES, SOURCE

_OTHERS = {
    "aif": (("llama-2-7b", 13.1), ("llama-2-13b", 7.7), ("mixtral-8x7b", 6.2)),
    "ufs-4.0": (("llama-2-70b", 0.06),),
}
_SOURCES = {
    "aif": "AiF (ISCA 2025), for models of 7B and 13B and for Mixtral 8x7B",
    "ufs-4.0": "Cambricon-LLM (arXiv 2409.15654), its bound for UFS 4.0",
}
_GROUPED = ("llama-2-70b",)  # models of the paper with grouped heads
_SIZES = (
    "layers",
    "hidden",
    "heads",
    "kv_heads",
    "head_size",
    "vocabulary",
    "intermediate",
    "gated",
    "experts",
)


def figures(shape: DecoderShape, preset: str, context: int) -> tuple[Published, ...]:
    """What was published of a model of these sizes, whatever its name. Contexts are not stated in
    the papers; about 1000 positions fit them."""
    model = _names().get(_sizes(shape))
    if model is None:
        return ()
    return tuple(
        Published(DECODE, context, value, "tokens/s", _source(preset, model, context), preset)
        for value in _values(preset, model)
    )


def _source(preset: str, model: str, context: int) -> str:
    source = SOURCE if preset in RATES else _SOURCES[preset]
    if preset in RATES and model in _GROUPED:
        source += "; fits keys and values as wide as the queries (kv=full)"
    return source if context == CONTEXT else f"{source}; its context is not stated"


def _values(preset: str, model: str) -> list[float]:
    known = dict(zip(MODELS, RATES[preset], strict=True)) if preset in RATES else {}
    known |= dict(_OTHERS.get(preset, ()))
    return [known[model]] if model in known else []


def _names() -> Mapping[tuple[object, ...], str]:
    names = {*MODELS, *(model for rows in _OTHERS.values() for model, _ in rows)}
    return {_sizes(named_shape(name).shape): name for name in names}


def _sizes(shape: DecoderShape) -> tuple[object, ...]:
    return tuple(getattr(shape, size) for size in _SIZES)
