"""The front ends of a sensing program: parts with settings and tables, and feature records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import feature_tables, logmel_rows
from .features import FeatureSet
from .models import Model, refused
from .stage_description import LogMel, Stage, Stream


@dataclass(frozen=True)
class Front:
    """A stage's front end: its part, and ``struct edge_feature`` of each feature."""

    part: bytes
    features: list[dict[str, int]]


def front_of(stage: Stage, stream: Stream, model: Model) -> Front:
    """The front end of a stage. Raises ``DoesNotFit`` (EDGE-0972, 0980, 0981, 0982, 0990)."""
    if stage.rows:
        return Front(_rows_part(stage.rows, stream, model), [])
    settings = feature_tables.Settings(
        rate=stream.rate, window=stage.window, channels=stream.channels, **stage.settings
    )
    found = FeatureSet(stage.features, settings, 1.0 / stream.step)
    return Front(found.part, [_record(feature) for feature in found.features])


def _record(feature: Any) -> dict[str, int]:
    return {
        "kind": feature.number,
        "channel": feature.channel,
        "a": feature.a,
        "b": feature.b,
    }


def _rows_part(rows: LogMel, stream: Stream, model: Model) -> bytes:
    """In the integers of the model's input."""
    if model.shape[-2:] != (rows.rows, rows.mels):
        raise refused(
            f"the plan takes int8{list(model.shape)}, the description gives "
            f"{rows.rows} rows of {rows.mels}"
        )
    front = logmel_rows.Rows(
        scale=model.input_scale,
        zero=model.input_zero,
        rate=stream.rate,
        window=rows.window,
        hop=rows.hop,
        mels=rows.mels,
    )
    return front.part()
