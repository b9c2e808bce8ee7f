"""What must hold of a model's inputs and outputs, whatever its format."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from ..bundle.limits import DIMENSION, RANK
from ..errors import ModelRefused
from ..tensors import TensorSpec
from .source import LARGEST

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NAMES = "a name has 1 to 512 characters, none of them a control character"


def check_interface(inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]) -> None:
    """Names are there and unique, shapes and labels are such that a manifest can hold them.

    Raises ``ModelRefused`` (EDGE-0275, EDGE-0276).
    """
    for kind, specs in (("input", inputs), ("output", outputs)):
        names = [spec.name for spec in specs]
        if len(set(names)) != len(names):
            raise _refused(f"Two {kind}s of the model have one name", f"given: {names[:8]}")
    if not outputs:
        raise _refused("The model has no outputs", "")
    for spec in (*inputs, *outputs):
        if not is_name(spec.name):
            raise _refused(f"{spec.name[:80]!r} is no name for an input or output", _NAMES)
        _check_shape(spec)
        _check_labels(spec)


def is_name(text: str) -> bool:
    """Whether a manifest can hold it as the name of a tensor or of an axis."""
    return 0 < len(text) <= 512 and not _CONTROL.search(text)


def _check_shape(spec: TensorSpec) -> None:
    fixed = [axis for axis in spec.shape if isinstance(axis, int)]
    if len(spec.shape) > RANK or max(fixed, default=0) > DIMENSION:
        raise _refused(
            f"{spec.name!r} is {spec.describe()[:200]}",
            f"a tensor has at most {RANK} axes, and each at most {DIMENSION} entries",
        )
    if math.prod(fixed) * spec.numpy_dtype.itemsize > LARGEST:
        raise _refused(f"{spec.name!r} is {spec.describe()}", "no device could hold it")


def _check_labels(spec: TensorSpec) -> None:
    last = spec.shape[-1] if spec.shape else 1
    if spec.labels and isinstance(last, int) and last != len(spec.labels):
        raise labels_refused(
            f"Output {spec.name!r} has {last} entries and {len(spec.labels)} labels"
        )
    if len(spec.labels) > 65_536 or not all(map(_is_text, (spec.units, *spec.labels))):
        raise labels_refused(
            f"{spec.name!r} has labels or units that are too many, too long or not plain text"
        )


def _is_text(text: str) -> bool:
    return len(text) <= 255 and not _CONTROL.search(text)


def labels_refused(what: str, evidence: str = "") -> ModelRefused:
    """The refusal of labels or units (EDGE-0276)."""
    return ModelRefused(
        what,
        evidence=evidence,
        next_step="Write the labels again: edgesdk.labels is a JSON list with one text per entry "
        "of the first output's last axis, edgesdk.units a JSON object of text by name",
        code=76,
    )


def kind_refused(name: str, kind: str) -> ModelRefused:
    """The refusal of an input or output that is no tensor (EDGE-0271)."""
    return ModelRefused(
        f"{name!r} is not a tensor but of type {kind}",
        next_step="Only tensors go in and out of a bundle: export the model with tensors instead",
        code=71,
    )


def dtype_refused(name: str, dtype: str) -> ModelRefused:
    """The refusal of an input or output whose dtype no array can carry (EDGE-0272)."""
    return ModelRefused(
        f"{name!r} has dtype {dtype}, which no array can carry",
        next_step="Export the model with a cast to a wider type at its inputs and outputs",
        code=72,
    )


def _refused(what: str, evidence: str) -> ModelRefused:
    return ModelRefused(what, evidence=evidence, code=75)
