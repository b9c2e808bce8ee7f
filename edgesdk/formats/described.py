"""What a model's own metadata says of its inputs and outputs: labels and units, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..errors import ModelRefused
from ..tensors import TensorSpec
from .interface import labels_refused


def described(
    inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec], metadata: Mapping[str, str]
) -> tuple[tuple[TensorSpec, ...], tuple[TensorSpec, ...]]:
    """Inputs and outputs with their units, the first output with labels of its last axis.

    ``edgesdk.labels`` is a JSON list of text, ``edgesdk.units`` a JSON object of text by name.
    Raises ``ModelRefused`` (EDGE-0276).
    """
    units = _units(metadata, {spec.name for spec in (*inputs, *outputs)})
    labels = _labels(metadata)
    return (
        tuple(replace(spec, units=units.get(spec.name, "")) for spec in inputs),
        tuple(
            replace(spec, units=units.get(spec.name, ""), labels=() if i else labels)
            for i, spec in enumerate(outputs)
        ),
    )


def _labels(metadata: Mapping[str, str]) -> tuple[str, ...]:
    labels = _json(metadata, "edgesdk.labels", [])
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise _unusable("edgesdk.labels", "it must be a JSON list of text")
    return tuple(labels)


def _units(metadata: Mapping[str, str], names: set[str]) -> dict[str, str]:
    units = _json(metadata, "edgesdk.units", {})
    if not isinstance(units, dict) or not all(isinstance(unit, str) for unit in units.values()):
        raise _unusable("edgesdk.units", "it must be a JSON object of text")
    if unknown := sorted(set(units) - names):
        raise _unusable("edgesdk.units", f"no input or output is named {unknown[0]!r}")
    return units


def _json(metadata: Mapping[str, str], key: str, default: object) -> object:
    try:
        return json.loads(metadata[key]) if key in metadata else default
    except (ValueError, RecursionError) as error:
        raise _unusable(key, str(error)) from None


def _unusable(key: str, why: str) -> ModelRefused:
    return labels_refused(f"The model's metadata {key} cannot be used", why)
