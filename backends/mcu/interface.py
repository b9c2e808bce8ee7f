"""What a device must tell a host that has only a name: inputs, outputs, front end, version.

It travels inside the signed image, as canonical JSON that the device itself never reads.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgesdk.errors import FormatRefused
from edgesdk.tensors import DTYPES, Quantisation, TensorSpec

LARGEST = 64 * 1024  # bytes, as a manifest, which holds all of it too


@dataclass(frozen=True)
class Interface:
    """A model's face. ``inputs`` and ``outputs`` are the plan's own, in the order of its bytes.

    ``frontend`` is the feature front end that the host computes before the first input, or None;
    ``sensing`` the description of a sensing program, whose streams are the inputs, or None.
    """

    name: str
    version: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    frontend: Mapping[str, Any] | None = None
    sensing: Mapping[str, Any] | None = None


def encode(interface: Interface) -> bytes:
    """The one encoding of an interface."""
    document: dict[str, Any] = {
        "name": interface.name,
        "version": interface.version,
        "inputs": [_as_json(spec) for spec in interface.inputs],
        "outputs": [_as_json(spec) for spec in interface.outputs],
        "frontend": dict(interface.frontend) if interface.frontend is not None else None,
    }
    if interface.sensing is not None:
        document["sensing"] = dict(interface.sensing)
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def decode(data: bytes) -> Interface:
    """Read what a device sent. Raises ``FormatRefused`` (EDGE-0830)."""
    try:
        document = json.loads(data)
        return Interface(
            name=_text(document["name"]),
            version=_text(document["version"]),
            inputs=tuple(_spec(item) for item in document["inputs"]),
            outputs=tuple(_spec(item) for item in document["outputs"]),
            frontend=document["frontend"],
            sensing=document.get("sensing"),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FormatRefused(
            "The device describes its model in a way that this edgesdk does not understand",
            evidence=f"{type(error).__name__}: {error}"[:200],
            next_step="Deploy the model again with this edgesdk",
            code=30,
        ) from None


def _as_json(spec: TensorSpec) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": spec.name,
        "dtype": spec.dtype,
        "shape": list(spec.shape),
        "units": spec.units,
        "labels": list(spec.labels),
    }
    if spec.quantisation is not None:
        q = spec.quantisation
        document["quantisation"] = [
            [float(scale) for scale in q.scales],
            [int(zero) for zero in q.zero_points],
            q.axis,
        ]
    return document


def _spec(document: Mapping[str, Any]) -> TensorSpec:
    shape = tuple(document["shape"])
    if document["dtype"] not in DTYPES or not all(map(_is_axis, shape)):
        raise ValueError("a tensor of an unknown kind")
    q = document.get("quantisation")
    return TensorSpec(
        name=_text(document["name"]),
        dtype=document["dtype"],
        shape=shape,
        units=_text(document["units"]),
        quantisation=Quantisation(tuple(q[0]), tuple(q[1]), q[2]) if q else None,
        labels=tuple(_text(label) for label in document["labels"]),
    )


def _is_axis(axis: Any) -> bool:
    """A length, or the name of an axis that may have any."""
    return (type(axis) is int and axis >= 0) or (isinstance(axis, str) and axis.isidentifier())


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text expected")
    return value
