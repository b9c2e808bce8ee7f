"""Which function calls which, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .names import variables
from .syntax import LOOPS, Function, Syntax
from .tokens import NAME


def calls(files: Mapping[str, Syntax]) -> dict[str, set[str]]:
    """The names that each function calls; functions of one name count as one."""
    found: dict[str, set[str]] = {}
    for syntax in files.values():
        for function in syntax.functions:
            found.setdefault(function.name, set()).update(called(function))
    return found


def called(function: Function) -> Iterator[str]:
    """The names that a function calls, with or without template arguments."""
    own = set(variables(function))
    for statement in function.body.statements():
        for index, token in enumerate(statement[:-1]):
            member = index > 0 and statement[index - 1].text in {".", "->"}
            follows = statement[index + 1].text in {"(", "<"}
            if token.kind == NAME and follows and not member and token.text not in own:
                yield token.text


def reached(start: str, graph: Mapping[str, Iterable[str]]) -> set[str]:
    """Every name that a call of `start` leads to."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for name in graph.get(waiting.pop(), ()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def looping(files: Mapping[str, Syntax]) -> set[str]:
    """The functions in which there is a loop, or in what they call."""
    graph = calls(files)
    direct = {
        function.name
        for syntax in files.values()
        for function in syntax.functions
        if any(node.kind in LOOPS for node, _ in function.body.walk())
    }
    return direct | {name for name in graph if reached(name, graph) & direct}
