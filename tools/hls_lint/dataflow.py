"""Dataflow regions: processes side by side: calls only, and around them a loop that just counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .finding import Finding
from .names import constants, is_constant
from .placement import pragma_names
from .syntax import FOR, LOOPS, Function, Node, Syntax, split
from .tokens import NAME, NUMBER, PRAGMA, Token

_STEPS = {("++", "{}"), ("{}", "++"), ("{}", "+=", "1")}
_NO_PROCESS = {"static_assert", "using", "typedef"}


def check(syntax: Syntax) -> Iterator[Finding]:
    """The findings of one file."""
    for function in syntax.functions:
        yield from _streams(function)
        for node, _ in function.body.walk():
            if "DATAFLOW" in pragma_names(node):
                yield from _region(node)
                if node.kind in LOOPS:
                    yield from _loop(node, function)


def _streams(function: Function) -> Iterator[Finding]:
    """A process has to know how many queues it is given."""
    for parameter in function.parameters:
        depth, pointer = 0, False
        for token in parameter:
            depth += (token.text == "<") - (token.text == ">")
            pointer |= token.text == "*" and depth == 0
        if pointer and any(token.text == "stream" for token in parameter):
            text = "a pointer to streams: give an array of a constant length"
            yield Finding(parameter[0].line, "dataflow", text)


def _region(node: Node) -> Iterator[Finding]:
    for inner in node.nodes:
        yield Finding(inner.line, "dataflow", "a region holds calls; put this into one of them")
    for item in node.inside:
        if isinstance(item, Node) or item[0].kind == PRAGMA or item[0].text in _NO_PROCESS:
            continue
        if item[0].text in {"return", "break", "continue"}:
            yield Finding(item[0].line, "dataflow", f"{item[0].text} cannot end a region")
        else:
            yield from _statement(item)


def _statement(statement: Sequence[Token]) -> Iterator[Finding]:
    """A call whose arguments are there already, or a declaration that computes nothing.

    Everything else becomes a process of its own, or none, and the region is none then.
    """
    line = statement[0].line
    opening = _call(statement)
    if opening is None:
        if any(token.text in {"=", "(", "{"} for token in statement):
            text = "a region computes nothing by itself; put this into a process"
            yield Finding(line, "dataflow", text)
        return
    for argument in split(statement[opening + 1 : -1]):
        if not _is_plain(argument):
            text = f"an argument is computed in the region: {' '.join(t.text for t in argument)}"
            yield Finding(argument[0].line, "dataflow", text)


def _call(statement: Sequence[Token]) -> int | None:
    """Where the arguments of a statement begin that is a call, and nothing else."""
    at = 1
    while at + 1 < len(statement) and statement[at].text == "::":
        at += 2
    if at < len(statement) and statement[at].text == "<":
        depth = 0
        while at < len(statement):
            depth += (statement[at].text == "<") - (statement[at].text == ">")
            at += 1
            if depth == 0:
                break
    called = at < len(statement) and statement[at].text == "(" and statement[-1].text == ")"
    return at if called and statement[0].kind == NAME else None


def _is_plain(argument: Sequence[Token]) -> bool:
    """A name, a number, or an element at a place that is known."""
    kinds = {NAME, NUMBER}
    if len(argument) == 1:
        return argument[0].kind in kinds
    brackets = len(argument) == 4 and (argument[1].text, argument[3].text) == ("[", "]")
    return brackets and argument[0].kind == NAME and is_constant(argument[2:3], set())


def _loop(node: Node, function: Function) -> Iterator[Finding]:
    """From 0, up by 1, to what was known before it began; and nothing beside it."""
    words = [token.text for token in node.head]
    parts = " ".join(words).split(" ; ")
    good = node.kind == FOR and len(parts) == 3
    if good:
        start, bound, step = (part.split() for part in parts)
        counter = start[-3] if len(start) >= 3 else ""
        steps = {tuple(word.format(counter) for word in known) for known in _STEPS}
        good = start[-2:] == ["=", "0"] and tuple(step) in steps
        if not (len(bound) == 3 and bound[:2] == [counter, "<"] and _given(node, function)):
            text = "the bound of its loop must be a constant or an argument of the function"
            yield Finding(node.line, "dataflow", text)
    if not good:
        yield Finding(node.line, "dataflow", "its loop must count from 0 in steps of 1")
    for item in function.body.inside:
        if item is not node and (isinstance(item, Node) or item[0].kind != PRAGMA):
            line = item.line if isinstance(item, Node) else item[0].line
            text = "stands beside a loop of processes: that needs a function of its own"
            yield Finding(line, "dataflow", text)


def _given(node: Node, function: Function) -> bool:
    """Whether what a loop counts to is a constant, or is given by value."""
    last = [index for index, token in enumerate(node.head) if token.text == ";"][-1]
    bound = node.head[last - 1]
    for parameter in function.parameters:
        if parameter[-1].text == bound.text:
            return not {"*", "&"} & {token.text for token in parameter}
    return is_constant([bound], constants(function))
