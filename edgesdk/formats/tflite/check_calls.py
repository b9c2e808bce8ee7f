"""Checks of the calls between the subgraphs of a TFLite model: branches, loops, functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..flatbuffer import Malformed
from .schema import NEEDED_OPTIONS, SUBGRAPH_FIELDS, SUBGRAPH_FIELDS_2
from .vectors import Budget, int32_field, integers

if TYPE_CHECKING:
    from tflite import Model, Operator, SubGraph

_BOOL = 6  # TensorType.BOOL
_IF, _WHILE = NEEDED_OPTIONS["IF"], NEEDED_OPTIONS["WHILE"]


def check_calls(model: Model, budget: Budget) -> None:
    """Refuse calls that lead nowhere or in a circle, and branches of other types than the call's.

    Needs a model whose tensors' indices have been checked. Raises ``Malformed``.
    """
    count = model.SubgraphsLength()
    calls: dict[int, set[int]] = {}
    for number in range(count):
        graph = model.Subgraphs(number)
        calls[number] = set()
        for index in range(graph.OperatorsLength()):
            targets = list(_called(graph.Operators(index)))
            if not all(0 <= target < count for target in targets):
                raise Malformed(f"an operator calls a subgraph that is not among {count}")
            calls[number].update(targets)
            _check_types(model, graph, graph.Operators(index), budget)
    _check_circles(calls)


def _check_circles(calls: dict[int, set[int]]) -> None:
    """Refuse subgraphs that call themselves, in however many steps: runtimes would never end."""
    while calls:
        leaves = {number for number, targets in calls.items() if not targets}
        if not leaves:
            raise Malformed("a subgraph calls itself")
        calls = {n: targets - leaves for n, targets in calls.items() if n not in leaves}


def _called(operator: Operator) -> Iterator[int]:
    for kind, fields, options in (
        (operator.BuiltinOptionsType(), SUBGRAPH_FIELDS, operator.BuiltinOptions()),
        (operator.BuiltinOptions2Type(), SUBGRAPH_FIELDS_2, operator.BuiltinOptions2()),
    ):
        if options is not None:
            for field in fields.get(kind, ()):
                yield int32_field(options, field)


def _check_types(model: Model, graph: SubGraph, operator: Operator, budget: Budget) -> None:
    """Runtimes copy between the tensors of a branch or loop and of its call as if of one type."""
    kind = operator.BuiltinOptionsType()
    if kind not in {_IF, _WHILE}:
        return
    taken = _types(graph, operator.InputsAsNumpy())
    given = _types(graph, operator.OutputsAsNumpy())
    budget.spend(len(taken) + len(given))
    first, second = (model.Subgraphs(number) for number in _called(operator))
    if kind == _IF:
        wanted = [(taken[1:], given), (taken[1:], given)]
    else:
        wanted = [(taken, (_BOOL,)), (taken, given)]
        if taken != given:
            raise Malformed("a loop gives other types than it takes")
    for branch, types in zip((first, second), wanted, strict=True):
        inside = _types(branch, branch.InputsAsNumpy()), _types(branch, branch.OutputsAsNumpy())
        budget.spend(len(inside[0]) + len(inside[1]))
        if inside != types:
            raise Malformed("a branch or loop has other types than its call")


def _types(graph: SubGraph, vector: object) -> tuple[int, ...]:
    return tuple(-1 if i < 0 else graph.Tensors(i).Type() for i in integers(vector))
