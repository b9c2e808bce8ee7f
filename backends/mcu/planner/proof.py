"""What a device asks of a plan before it runs it, asked when the plan is made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edgesdk.native import ffi, lib

from .plan_file import PlanFile
from .refusals import unplannable, unsupported_layers
from .step import Step

_SHOWN = 3  # numbers of a record that people are told


def prove(content: bytes, file: PlanFile, steps: Sequence[Step]) -> None:
    """Refuse a plan that devices would refuse, by layer where it is one.

    Raises ``ModelRefused`` (EDGE-0287, 0288).
    """
    if reasons := list(_refused(file, steps)):
        raise unsupported_layers(reasons)
    memory = ffi.new("uint8_t[]", len(content) + 15)
    place = memory + -int(ffi.cast("uintptr_t", memory)) % 16
    ffi.memmove(place, content, len(content))
    table, found = lib.edge_operators_plain, ffi.new("struct edge_plan *")
    status = lib.edge_plan_check(place, len(content), file.arena, table, lib.EDGE_KINDS, found)
    if status != lib.EDGE_PLAN_OK:
        raise unplannable(f"the device's own check of the plan ends with status {status}")


def _refused(file: PlanFile, steps: Sequence[Step]) -> Iterator[str]:
    """Of each record that its kernel does not take, the layer and why."""
    limits = ffi.new(
        "struct edge_limits *", {"arena": file.arena, "constants": len(file.constants)}
    )
    for step, (kind, record) in zip(steps, file.records, strict=True):
        data = ffi.new("uint32_t[]", -(-len(record) // 4))
        ffi.memmove(data, record, len(record))
        if not lib.edge_operators_plain[kind].check(data, limits):
            yield (
                f"{step.layer}: the kernel {step.kernel} does not take its sizes; the largest are "
                f"{_largest(step)}, and most kernels take sides up to {lib.EDGE_LARGEST_SIDE}"
            )


def _largest(step: Step) -> str:
    numbers = [(n, name) for name, n in step.fields.items() if isinstance(n, int)]
    shown = sorted(numbers, reverse=True)[:_SHOWN]
    return ", ".join(f"{name} {number}" for number, name in shown)
