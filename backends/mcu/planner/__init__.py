"""From a network to an execution plan: rewrite, lower, lay out, write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from edgesdk.native import lib
from edgesdk.tensors import Quantisation, TensorSpec

from ..interface import Interface
from ..interface import encode as encode_interface
from .graph import Graph, Operation, Tensor
from .lifetimes import Problem
from .lowering import load, load_constants, lower
from .memory import lay_out
from .plan_file import LARGEST_INTERFACE, PlanFile, decode, encode
from .plan_file import VERSION as FORMAT
from .proof import prove
from .refusals import unplannable
from .rewrite import Rewritten, rewrite
from .step import Step
from .writer import Writer

__all__ = [
    "FORMAT",
    "Graph",
    "Layer",
    "Operation",
    "Plan",
    "Tensor",
    "assemble",
    "kernel_numbers",
    "plan",
]


_LARGEST = 2**31 - 1  # bytes of an arena: far more than any microcontroller has


@dataclass(frozen=True)
class Layer:
    """A line of the table for people. Bytes; ``macs``: multiply-accumulates."""

    name: str
    kernel: str
    macs: int
    constants: int
    output: int


@dataclass(frozen=True)
class Plan:
    """An execution plan, and what people want to know of it.

    ``content`` is the plan file; ``arena`` the bytes of RAM that it needs; ``lower_bound`` the most
    bytes of tensors that are live at one time, below which no layout can come.
    """

    content: bytes
    arena: int
    lower_bound: int
    layers: tuple[Layer, ...]
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one run."""
        return sum(layer.macs for layer in self.layers)

    @property
    def kernels(self) -> tuple[str, ...]:
        """The kernels that it calls, sorted."""
        return tuple(sorted({layer.kernel for layer in self.layers}))


def plan(graph: Graph) -> Plan:
    """Plan a network. Raises ``ModelRefused`` (EDGE-0287, 0288)."""
    rewritten = rewrite(graph)
    steps = list(load_constants(lower(rewritten.graph.operations)))
    steps, outputs = _load_outputs(steps, rewritten)
    used = [*(t for step in steps for t in step.tensors.values()), *outputs]
    variables = list(dict.fromkeys(t for t in map(rewritten.root, used) if t.variable))
    layout = lay_out(Problem(steps, rewritten.graph.inputs, outputs, rewritten.root))
    if layout.arena > _LARGEST:
        raise unplannable(f"its tensors take {layout.arena} bytes")
    writer = Writer(rewritten, layout)
    specs = tuple(map(_spec, graph.inputs)), tuple(map(_spec, graph.outputs))
    file = PlanFile(
        arena=layout.arena,
        inputs=tuple(map(writer.place, graph.inputs)),
        outputs=tuple(map(writer.place, outputs)),
        variables=tuple(map(writer.variable, variables)),
        records=tuple(writer.record(index, step) for index, step in enumerate(steps)),
        constants=writer.constants.content(),
        interface=_travelling(encode_interface(Interface("", "", *specs))),
    )
    content, layers = encode(file), tuple(map(_layer, steps))
    prove(content, file, steps)
    return Plan(content, layout.arena, layout.lower_bound, layers, *specs)


def assemble(planned: Plan, interface: bytes, vectors: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The plan file with a description for hosts and golden vectors: (all inputs, all outputs).

    Raises ``ModelRefused`` (EDGE-0288) where the description is too long to travel.
    """
    file = decode(planned.content)
    sizes = sum(size for _, size in file.inputs), sum(size for _, size in file.outputs)
    if any((len(given), len(wanted)) != sizes for given, wanted in vectors):
        raise ValueError(f"a golden vector has other sizes than {sizes} bytes")
    golden = b"".join(given + wanted for given, wanted in vectors)
    return encode(replace(file, interface=_travelling(interface), golden=golden))


def kernel_numbers() -> dict[str, int]:
    """The record kind of every kernel of this edgesdk's runtime."""
    prefix = "EDGE_KIND_"
    return {
        name.removeprefix(prefix): getattr(lib, name)
        for name in dir(lib)
        if name.startswith(prefix)
    }


def _travelling(interface: bytes) -> bytes:
    """A description that is short enough to travel to a device."""
    if len(interface) > LARGEST_INTERFACE:
        raise unplannable(
            f"its names, shapes and labels take {len(interface)} bytes; at most "
            f"{LARGEST_INTERFACE} travel to a device"
        )
    return interface


def _load_outputs(steps: list[Step], graph: Rewritten) -> tuple[list[Step], list[Tensor]]:
    """Outputs that are constants are copied to the arena like any other."""
    outputs = []
    for tensor in graph.graph.outputs:
        source = graph.root(tensor)
        if source.data is None or source.variable:
            outputs.append(tensor)
        else:
            outputs.append(replace(source, data=None))
            steps.append(load(source, outputs[-1], tensor.name))
    return steps, outputs


def _layer(step: Step) -> Layer:
    constants = sum(array.nbytes for array in step.constants.values())
    output = sum(step.tensors[field].bytes for field in step.writes)
    return Layer(step.layer, step.kernel, step.macs, constants, output)


def _spec(tensor: Tensor) -> TensorSpec:
    axis = tensor.axis if len(tensor.scale) > 1 else None
    quantised = Quantisation(tensor.scale, tensor.zero_point, axis) if tensor.scale else None
    return TensorSpec(tensor.name, tensor.dtype, tensor.shape, quantisation=quantised)
