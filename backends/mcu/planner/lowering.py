"""From operations to steps; every layer that cannot be lowered is named, with its reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from .graph import Operation, Tensor
from .refusals import unsupported_layers
from .step import LOWERINGS, NotSupported, Step

_DTYPES = frozenset("bool int8 uint8 int16 int32 int64 float32".split())


def lower(operations: Sequence[Operation]) -> list[Step]:
    """All steps. Raises ``ModelRefused`` (EDGE-0287)."""
    from . import operators  # noqa: F401 - registers the lowerings

    steps: list[Step] = []
    reasons: list[str] = []
    for operation in operations:
        try:
            steps += _lower(operation)
        except NotSupported as error:
            reasons.append(f"{operation.layer or operation.kind}: {error}")
    if reasons:
        raise unsupported_layers(reasons)
    return steps


def _lower(operation: Operation) -> list[Step]:
    if operation.kind not in LOWERINGS:
        raise NotSupported("there is no kernel for it")
    for tensor in (*operation.inputs, *operation.outputs):
        if tensor is not None and not (tensor.shape == (0,) and tensor in operation.inputs[1:]):
            _check(tensor)
    try:
        steps = LOWERINGS[operation.kind](operation)
    except KeyError as error:
        raise NotSupported(f"it lacks the option {error}") from None
    return [_named(step, operation) for step in ([steps] if isinstance(steps, Step) else steps)]


def _check(tensor: Tensor) -> None:
    if tensor.dtype not in _DTYPES:
        raise NotSupported(f"tensor {tensor.name[:60]!r} is of type {tensor.dtype}")
    if min(tensor.shape, default=1) < 1:
        raise NotSupported(f"tensor {tensor.name[:60]!r} has shape {list(tensor.shape)}")


def _named(step: Step, operation: Operation) -> Step:
    return step if step.layer else replace(step, layer=operation.layer or operation.kind)


def load_constants(steps: Sequence[Step]) -> Iterator[Step]:
    """Bring constants that a kernel reads from the arena there, just before it runs."""
    for step in steps:
        placed = dict(step.tensors)
        for field, tensor in step.tensors.items():
            if tensor.data is not None and not tensor.variable:
                placed[field] = replace(tensor, data=None)
                yield load(tensor, placed[field], step.layer)
        yield replace(step, tensors=placed)


def load(source: Tensor, target: Tensor, layer: str) -> Step:
    """The step that copies a constant into the arena."""
    assert source.data is not None
    return Step(
        kernel="load",
        layer=layer,
        fields={"bytes": target.bytes},
        tensors={"output": target},
        writes=("output",),
        constants={"value": source.data},
    )
