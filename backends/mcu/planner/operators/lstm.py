"""Lowering of UNIDIRECTIONAL_SEQUENCE_LSTM with int8 activations and weights and an int16 cell."""

from __future__ import annotations

import math

import numpy as np

from ..graph import Array, Operation, Tensor
from ..step import Step, lowers
from .operands import given, is_shape, is_type, known, need, only_output
from .quantised import multiplier_of, scale_of, zero_of

# Where the inputs are; the gates come in the order input, forget, cell, output.
_INPUT_WEIGHTS, _RECURRENT_WEIGHTS, _BIASES = 1, 5, 12
_OUTPUT_STATE, _CELL_STATE = 18, 19
_NOT_TAKEN = {"peepholes": (9, 10, 11), "a projection": (16, 17), "layer norms": (20, 21, 22, 23)}
_HIDDEN = 4  # the intermediate that says how the output gate's product is quantised
_GATES = range(4)
_GATE_SCALE = np.float32(2.0**-12)


@lowers("UNIDIRECTIONAL_SEQUENCE_LSTM")
def lstm(operation: Operation) -> Step:
    """Every time step of every batch; the states go on in the next run."""
    _refuse_variants(operation)
    source, target = given(operation, 0), only_output(operation)
    state, cell = given(operation, _OUTPUT_STATE), given(operation, _CELL_STATE)
    major = bool(operation.options["time_major"])
    need(len(source.shape) == 3, f"its input has {len(source.shape)} axes, not 3")
    times, batches = source.shape[:2] if major else source.shape[1::-1]
    cells, inputs = given(operation, _INPUT_WEIGHTS).shape[0], source.shape[2]
    is_shape(target, (*source.shape[:2], cells))
    for tensor, dtype in ((source, "int8"), (target, "int8"), (state, "int8"), (cell, "int16")):
        is_type(tensor, dtype)
    for tensor in (state, cell):
        need(tensor.variable, "its state is not a variable")
        need(tensor.elements == batches * cells, f"tensor {tensor.name[:60]!r} is not a state's")
    return Step(
        kernel="lstm",
        layer="",
        fields={
            "batches": batches,
            "times": times,
            "inputs": inputs,
            "cells": cells,
            "time_major": int(major),
            **_gate_scales(operation, source, state),
            **_cell(cell, float(operation.options["cell_clip"])),
            **_output_scale(operation),
        },
        tensors={"input": source, "output": target, "output_state": state, "cell_state": cell},
        writes=("output", "output_state", "cell_state"),
        constants=_weights(operation, source, state, (cells, inputs)),
        scratch=len(_GATES) * cells * 2,
        macs=batches * times * len(_GATES) * cells * (inputs + cells),
    )


def _refuse_variants(operation: Operation) -> None:
    for name, places in _NOT_TAKEN.items():
        present = [i for i in places if i < len(operation.inputs)]
        need(all(operation.inputs[i] is None for i in present), f"it has {name}")
    need(operation.inputs[_INPUT_WEIGHTS] is not None, "it has no input gate")
    activation = operation.options["fused_activation_function"]
    need(activation == "TANH", f"it has the activation {activation}")


def _gate_scales(operation: Operation, source: Tensor, state: Tensor) -> dict[str, list[int]]:
    """From sums of products to the Q3.12 that the gates' functions take."""
    fields: dict[str, list[int]] = {}
    sides = (("input", _INPUT_WEIGHTS, source), ("recurrent", _RECURRENT_WEIGHTS, state))
    for name, first, other in sides:
        weights = [given(operation, first + gate) for gate in _GATES]
        pairs = [multiplier_of(scale_of(w) * scale_of(other) / _GATE_SCALE) for w in weights]
        fields[f"{name}_multiplier"] = [multiplier for multiplier, _ in pairs]
        fields[f"{name}_shift"] = [shift for _, shift in pairs]
    return fields


def _cell(cell: Tensor, clip: float) -> dict[str, int]:
    power = math.log2(scale_of(cell))
    need(abs(power - round(power)) < 1e-3, "its cell's scale is not a power of two")
    bits = 15 + round(power)
    need(0 <= bits <= 6, f"its cell's scale is 2**{round(power)}")
    most = int(min(np.float32(clip) / scale_of(cell), 32767)) if clip > 0 else 32768
    return {"cell_bits": bits, "cell_most": most or 32768}


def _output_scale(operation: Operation) -> dict[str, int]:
    need(len(operation.intermediates) > _HIDDEN, "it lacks its intermediates")
    hidden = operation.intermediates[_HIDDEN]
    need(hidden is not None, "it lacks its hidden intermediate")
    assert hidden is not None
    real = np.float32(2.0**-15 / np.float64(scale_of(hidden)) * 2.0**-15)
    multiplier, shift = multiplier_of(real)
    return {
        "output_multiplier": multiplier,
        "output_shift": shift,
        "output_zero": zero_of(hidden),
    }


def _weights(
    operation: Operation, source: Tensor, state: Tensor, sizes: tuple[int, int]
) -> dict[str, Array]:
    """All gates' weights behind each other, and biases that hold the zero points' share."""
    cells, inputs = sizes
    of_input = _stacked(operation, _INPUT_WEIGHTS, (cells, inputs))
    of_state = _stacked(operation, _RECURRENT_WEIGHTS, (cells, cells))
    biases = [_bias(operation, gate, cells) for gate in _GATES]
    return {
        "input_weights": of_input,
        "recurrent_weights": of_state,
        "input_bias": _shifted(np.stack(biases), of_input, zero_of(source)),
        "recurrent_bias": _shifted(np.zeros((4, cells), np.int64), of_state, zero_of(state)),
    }


def _stacked(operation: Operation, first: int, shape: tuple[int, int]) -> Array:
    for gate in _GATES:
        is_shape(given(operation, first + gate), shape)
        is_type(given(operation, first + gate), "int8")
    return np.stack([known(operation, first + gate, "weights") for gate in _GATES])


def _bias(operation: Operation, gate: int, cells: int) -> Array:
    bias = given(operation, _BIASES + gate)
    is_type(bias, "int32")
    is_shape(bias, (cells,))
    return known(operation, _BIASES + gate, "biases").astype(np.int64)


def _shifted(bias: Array, weights: Array, zero: int) -> Array:
    total: Array = bias - zero * weights.astype(np.int64).sum(axis=-1)
    need(np.abs(total).max(initial=0) < 2**31, "its biases leave 32 bits")
    return total.astype(np.int32)
