"""Executes a signal graph: all memory laid out and every check made when it is opened."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any

import numpy as np

from edgesdk.tensors import DTYPES, Array, InputChecker, TensorSpec

from .model import Model, Operator, read_model
from .node import Node, Slot, Step
from .refusals import miswired


class SignalGraph:
    """A TFLite graph of signal operators, ready to run.

    ``inputs`` and ``outputs`` are in the model's order. State (the noise estimates) is kept from
    run to run, and belongs to this object; ``reset`` forgets it. Threads take turns.
    Raises ``ModelRefused`` (EDGE-0280 to 0284), ``MissingExtra``.
    """

    def __init__(self, model: bytes) -> None:
        graph = read_model(bytes(model))
        _check_wiring(graph)
        self._slots = [_slot(graph, number) for number in range(len(graph.tensors))]
        self._resets: list[Step] = []
        self._steps = [self._step(operator) for operator in graph.operators]
        self.inputs = tuple(_spec(graph, number) for number in graph.inputs)
        self.outputs = tuple(_spec(graph, number) for number in graph.outputs)
        self._check = InputChecker(self.inputs)
        self._in = [(graph.tensors[n].name, self._slots[n].array) for n in graph.inputs]
        self._out = [(graph.tensors[n].name, self._slots[n].array) for n in graph.outputs]
        self._turn = Lock()

    def run(self, inputs: Mapping[str, Any]) -> dict[str, Array]:
        """Run one frame; the outputs are the caller's to keep.

        Raises ``InputMismatch``, and ``ModelRefused`` (EDGE-0285) where the graph divides an
        integer by zero or shifts beyond the word.
        """
        arrays = self._check(inputs)
        with self._turn, np.errstate(all="ignore"):
            for name, place in self._in:
                place[...] = arrays[name]
            for step in self._steps:
                step()
            return {name: place.copy() for name, place in self._out}

    def reset(self) -> None:
        """Forget all earlier frames."""
        with self._turn:
            for reset in self._resets:
                reset()

    def _step(self, operator: Operator) -> Step:
        # Imported here, so that asking which operators there are needs no native library.
        from .arithmetic import ARITHMETIC
        from .kernels import KERNELS
        from .movement import MOVEMENT

        prepare = {**KERNELS, **ARITHMETIC, **MOVEMENT}[operator.name]
        node = Node(
            operator.name,
            [self._slots[number] for number in operator.inputs],
            [self._slots[number] for number in operator.outputs],
            operator.custom_options,
            operator.builtin_options,
            self._resets,
        )
        return prepare(node)


def _check_wiring(graph: Model) -> None:
    """Each tensor is a constant, an input or made by one operator, and that before it is used."""
    known = {n for n, tensor in enumerate(graph.tensors) if tensor.constant is not None}
    _add(known, graph.inputs, "the graph's inputs")
    for operator in graph.operators:
        _present(known, operator.inputs, operator.name)
        _add(known, operator.outputs, operator.name)
    _present(known, graph.outputs, "the graph's outputs")
    for numbers in (graph.inputs, graph.outputs):
        names = [graph.tensors[number].name for number in numbers]
        if not names or len(set(names)) != len(names):
            raise miswired("the names of its inputs or outputs are missing or not unique")


def _present(known: set[int], numbers: tuple[int, ...], user: str) -> None:
    for number in numbers:
        if number not in known:
            raise miswired(f"{user} uses tensor {number} before anything makes it")


def _add(known: set[int], numbers: tuple[int, ...], maker: str) -> None:
    for number in numbers:
        if number in known:
            raise miswired(f"{maker} would make tensor {number} a second time")
        known.add(number)


def _slot(graph: Model, number: int) -> Slot:
    tensor = graph.tensors[number]
    constant = tensor.constant
    array = np.zeros(tensor.shape, DTYPES[tensor.dtype]) if constant is None else constant
    return Slot(array, constant is not None, tensor.quantisation is not None)


def _spec(graph: Model, number: int) -> TensorSpec:
    tensor = graph.tensors[number]
    return TensorSpec(tensor.name, tensor.dtype, tensor.shape, quantisation=tensor.quantisation)
