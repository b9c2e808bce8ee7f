"""What a device would take for the last token, as ``docs/nand-timing.md`` models it."""

from __future__ import annotations

from collections.abc import Mapping

from edgesdk.bench import MODELLED, Figure
from edgesdk.predict_shape import DecoderShape

from .design.design import Design
from .quantise.shape import ModelShape
from .timing.token import TokenSchedule, token_schedule
from .workload.decoder import workload


def modelled_figures(design: Design, shape: ModelShape, position: int) -> Mapping[str, Figure]:
    """Time, rate and energy of decoding a token after so many positions."""
    schedule = token_schedule(
        design, workload(decoder_shape(shape), weights=shape.weights), position
    )
    note = f"{design.name}, after {position} positions; docs/nand-timing.md"
    return {
        "device_decode": Figure(schedule.seconds, "s", MODELLED, note),
        "device_decode_rate": Figure(schedule.rate, "tokens/s", MODELLED, note),
        "energy": _energy(design, schedule, note),
    }


def decoder_shape(shape: ModelShape) -> DecoderShape:
    """The sizes of a model file, as predictions take them."""
    return DecoderShape(
        name="model",
        layers=shape.layers,
        hidden=shape.hidden,
        heads=shape.heads,
        kv_heads=shape.kv_heads,
        head_size=shape.head_size,
        vocabulary=shape.vocabulary,
        context=shape.context,
        intermediate=shape.intermediate,
        tied=shape.tied,
    )


def _energy(design: Design, schedule: TokenSchedule, note: str) -> Figure:
    from .cost.energy import energy
    from .timing.traffic import traffic_of

    joules = sum(part.joules for part in energy(design, traffic_of(schedule)))
    return Figure(joules, "J", MODELLED, f"{note}; for a token, of all parts: docs/nand-design.md")
