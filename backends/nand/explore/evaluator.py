"""The figures of one design of a sweep: a schedule and what it costs, without reading any text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from edgesdk.explore import Axis
from edgesdk.predict import Question
from edgesdk.predict.shape import DecoderShape

from ..design.consistency import changed
from ..design.design import Design
from ..design.parameters import PARAMETERS
from ..experts.fitting import fitted
from ..experts.policy import PREFIX, ExpertPolicy, policy_of
from ..mapping.capacity import check_capacity
from ..timing.options import KV, WEIGHTS
from ..timing.token import token_schedule
from ..timing.token_traffic import traffic_of
from ..workload.decoder import workload
from ..workload.workload import Workload
from .keys import CONTEXT, PRESET, ReadAxis, read_axes, read_shared
from .objectives import figures


@dataclass(frozen=True)
class NandEvaluator:
    """Of a model's ``shape``. ``design``: the preset's. ``shared``: values that all designs have,
    already read: keys of a design, options of a prediction and of experts, and the context;
    ``settings``: the same as text."""

    shape: DecoderShape
    design: Design
    shared: Mapping[str, Any]
    settings: Mapping[str, str]
    axes: tuple[ReadAxis, ...]

    @classmethod
    def of(cls, question: Question, axes: Sequence[Axis]) -> NandEvaluator:
        """Raises ``UsageError`` for options or axes that a prediction does not have."""
        shape, shared = question.subject.shape, read_shared(question)
        found = read_axes(axes, question.options, shape.context)
        design = shared.pop(PRESET)
        formats = {key: str(shared[key]) for key in (WEIGHTS, KV)}
        settings = {PRESET: design.name, **formats, **question.options}
        return cls(shape, design, shared, settings, found)

    def __call__(self, values: Sequence[str], /) -> tuple[float, ...]:
        """Figures in the order of ``OBJECTIVES``. Raises ``UsageError`` and ``ModelRefused`` for
        a design that contradicts itself, or that the model does not fit."""
        mine = dict(self.shared)
        for axis, text in zip(self.axes, values, strict=True):
            mine[axis.key] = axis.values[text]
        preset = mine.get(PRESET, self.design)
        parameters = {key: mine[key] for key in mine if key in PARAMETERS}
        design = changed(preset, parameters) if parameters else preset
        return _figures(design, mine, self.shape)


def _figures(design: Design, values: Mapping[str, Any], shape: DecoderShape) -> tuple[float, ...]:
    context, work = values[CONTEXT], _workload(shape, values[WEIGHTS], values[KV])
    pages = check_capacity(design, work, context)
    schedule = token_schedule(design, work, context, policy=_policy(design, work, values))
    return figures(design, traffic_of(schedule), pages)


def _policy(design: Design, work: Workload, values: Mapping[str, Any]) -> ExpertPolicy | None:
    experts = {key: value for key, value in values.items() if key.startswith(PREFIX)}
    return fitted(policy_of(experts), work, design, values[CONTEXT]) if experts else None


@lru_cache(maxsize=64)
def _workload(shape: DecoderShape, weights: str, kv: str) -> Workload:
    return workload(shape, weights=weights, kv=kv)
