"""A step of a plan before it has addresses: what an operator's lowering returns.

An operator is one file in ``operators/``, with a function for each kind that it lowers::

    @lowers("CONV_2D")
    def conv_2d(operation: Operation) -> Step | Sequence[Step]: ...

It raises ``NotSupported`` with the reason; the planner adds the layer's name and goes on, so that
all reasons are told at once. ``writer.py`` fills the kernel's C struct (``struct edge_<kernel>``,
declared for cffi in ``firmware/lib/nn/<kernel>.h``) from a step: ``fields`` as they are,
``tensors`` and ``scratch`` as offsets into the arena, ``constants`` as offsets into the constants.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from .graph import Array, Operation, Tensor


class NotSupported(Exception):
    """An operation that the runtime has no kernel for; the message says why, for people."""


@dataclass(frozen=True, eq=False)
class Step:
    """One call of one kernel.

    ``tensors``: struct field -> tensor in the arena; ``writes`` names those that are outputs.
    ``constants``: struct field -> array whose bytes go into the constants (16-byte aligned, equal
    ones shared). ``scratch``: bytes for the struct's field ``scratch``, if it has one.
    ``in_place``: pairs (output field, input field) that may be the same memory when the input is
    not needed later. ``macs``: multiply-accumulates, for people.
    """

    kernel: str
    layer: str
    fields: Mapping[str, int | Sequence[int] | Sequence[Sequence[int]]] = field(
        default_factory=dict
    )
    tensors: Mapping[str, Tensor] = field(default_factory=dict)
    writes: tuple[str, ...] = ()
    constants: Mapping[str, Array] = field(default_factory=dict)
    scratch: int = 0
    in_place: tuple[tuple[str, str], ...] = ()
    macs: int = 0


Lowering = Callable[[Operation], Step | Sequence[Step]]
LOWERINGS: dict[str, Lowering] = {}


def lowers(*kinds: str) -> Callable[[Lowering], Lowering]:
    """Register a lowering for TFLite builtin names."""

    def register(function: Lowering) -> Lowering:
        for kind in kinds:
            if kind in LOWERINGS:
                raise ValueError(f"two lowerings for {kind}")
            LOWERINGS[kind] = function
        return function

    return register
