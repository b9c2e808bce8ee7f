"""From an int8 network to a signed image for a microcontroller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from edgesdk.backend import Arrays, Compiled, Seal
from edgesdk.bundle import Requirements
from edgesdk.errors import ModelRefused, UsageError
from edgesdk.formats import SourceModel
from edgesdk.option_values import only_known
from edgesdk.sensing.frontend import apply, audio_spec, of_source
from edgesdk.tensors import TensorSpec

from . import announcement
from .fit import LAYER, OPERATOR
from .golden import Reference
from .interface import Interface, encode
from .planner import FORMAT, Layer, Plan, assemble, plan
from .planner.refusals import float_model
from .sources import graph_of

TARGET = "mcu:cortex-m33"
_MOST_LAYERS = 48
_GOLDEN_BYTES = 16 * 1024  # of a slot's space for golden vectors beyond the first


def compile_mcu(source: SourceModel, target: str, options: Mapping[str, str]) -> Compiled:
    """Plan the network. Raises ``ModelRefused`` with every layer that has no kernel."""
    if target != TARGET:
        raise UsageError(
            f"There is no target {target!r}",
            evidence=f"known: {TARGET}",
            next_step=f"Compile for it: --target {TARGET}",
            code=58,
        )
    only_known(options, (), f"The target {target}")
    if source.format == "sensing":
        from .sensing_compile import compile_sensing

        return compile_sensing(source, target)
    frontend = of_source(source)
    planned = _planned(source)
    inputs = _described(planned.inputs, source.inputs)
    outputs = _described(planned.outputs, source.outputs)
    return Compiled(
        parts=[],
        requirements=Requirements(
            memory={"ram": planned.arena},
            operators=tuple(sorted({OPERATOR + layer.kernel for layer in planned.layers})),
            runtime={"plan": f"=={FORMAT}"},
            firmware=">=0.1",
        ),
        inputs=(audio_spec(frontend),) if frontend else inputs,
        outputs=outputs,
        reference=Reference(source, planned, frontend),
        frontend=frontend,
        options=_layers(planned),
        notes=(_note(planned),),
        seal=partial(_seal, planned, inputs, outputs, frontend),
    )


def _planned(source: SourceModel) -> Plan:
    """The plan. Raises ``ModelRefused``; of a float model it says first that it is one."""
    try:
        return plan(graph_of(source))
    except ModelRefused as error:
        if error.id == "EDGE-0287" and _is_float(source):
            raise float_model(source.format, error) from None
        raise


def _is_float(source: SourceModel) -> bool:
    """Whether nothing in it is quantised: neither its edges nor an operator in it."""
    edges = {spec.dtype for spec in (*source.inputs, *source.outputs)}
    words = " ".join(source.operators).upper()
    return edges <= {"float16", "float32", "float64"} and not (
        "QUANTIZE" in words or "QLINEAR" in words
    )


def _described(
    planned: Sequence[TensorSpec], source: Sequence[TensorSpec]
) -> tuple[TensorSpec, ...]:
    """The plan's fixed shapes with the source's words."""
    pairs = zip(planned, source, strict=True)
    return tuple(replace(p, units=s.units, labels=s.labels) for p, s in pairs)


def _layers(planned: Plan) -> dict[str, str]:
    """What ``check`` shows of each layer, inside the signed manifest.

    Of a network with many layers it shows each kernel instead: a manifest has room for 64 options.
    """
    if len(planned.layers) <= _MOST_LAYERS:
        return {
            f"{LAYER}{number:03}": _line(f"{layer.kernel} {layer.name[:40]}", [layer])
            for number, layer in enumerate(planned.layers)
        }
    found: dict[str, list[Layer]] = {}
    for layer in planned.layers:
        found.setdefault(layer.kernel, []).append(layer)
    return {
        f"{LAYER}{kernel}": _line(f"{len(layers)} steps", layers)
        for kernel, layers in found.items()
    }


def _line(what: str, layers: Sequence[Layer]) -> str:
    macs, weights = sum(one.macs for one in layers), sum(one.constants for one in layers)
    return f"{what}: {macs} MACs, {weights} bytes of weights"


def _note(planned: Plan) -> str:
    over = 100 * (planned.arena / planned.lower_bound - 1)
    macs = sum(layer.macs for layer in planned.layers)
    return (
        f"Plan: {len(planned.layers)} steps, {macs} MACs, {len(planned.content)} bytes of flash, "
        f"{planned.arena} bytes of RAM ({over:.1f} % over the largest live set)"
    )


def _seal(
    planned: Plan,
    inputs: tuple[TensorSpec, ...],
    outputs: tuple[TensorSpec, ...],
    frontend: Mapping[str, Any] | None,
    seal: Seal,
) -> Sequence[tuple[str, str, bytes]]:
    interface = Interface(seal.name, seal.version, inputs, outputs, frontend)
    kept = _kept([_vector(interface, inputs, outputs) for inputs, outputs in seal.vectors])
    return announcement.sealed(assemble(planned, encode(interface), kept), seal, TARGET)


def _vector(interface: Interface, inputs: Arrays, outputs: Arrays) -> tuple[bytes, bytes]:
    """A golden vector as the device sees it: behind the front end, in the order of the plan."""
    if interface.frontend is not None:
        [feature] = interface.inputs
        [samples] = inputs.values()
        inputs = {feature.name: apply(interface.frontend, samples)}
    return (
        b"".join(np.ascontiguousarray(inputs[spec.name]).tobytes() for spec in interface.inputs),
        b"".join(np.ascontiguousarray(outputs[spec.name]).tobytes() for spec in interface.outputs),
    )


def _kept(vectors: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The vectors that the device keeps for itself: the first, and more while they are small."""
    kept: list[tuple[bytes, bytes]] = []
    size = 0
    for vector in vectors:
        size += len(vector[0]) + len(vector[1])
        if kept and size > _GOLDEN_BYTES:
            break
        kept.append(vector)
    return kept
