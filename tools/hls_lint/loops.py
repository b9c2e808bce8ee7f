"""Loops: how often each runs is known or stated, and each says what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .finding import Finding
from .names import constants, is_constant
from .placement import pragma_names
from .syntax import FOR, LOOPS, Node, Syntax
from .tokens import Token

_COMPARISONS = {"<", "<=", ">", ">=", "!="}
_SHAPES = {"PIPELINE", "UNROLL"}


def check(syntax: Syntax, looping: set[str]) -> Iterator[Finding]:
    """The findings of one file. `looping`: functions that have loops of their own."""
    for function in syntax.functions:
        yield from _visit(function.body, constants(function), looping, flat=False)


def _visit(node: Node, known: set[str], looping: set[str], *, flat: bool) -> Iterator[Finding]:
    """`flat`: a pipeline or an unrolled loop is around, so that every loop here is unrolled too.

    What counts an unrolled loop is a constant in each of its copies.
    """
    own = pragma_names(node)
    if node.kind in LOOPS:
        static = _static(node, known)
        yield from _bound(node, static, own, flat)
        if not flat and not own & _SHAPES and _innermost(node, looping):
            text = "says neither PIPELINE nor UNROLL, nor does one around it"
            yield Finding(node.line, "loop", text)
        if static and (flat or "UNROLL" in own):
            known = known | {_counter(node)}
    for inner in node.nodes:
        yield from _visit(inner, known, looping, flat=flat or bool(own & _SHAPES))


def _bound(node: Node, static: bool, own: set[str], flat: bool) -> Iterator[Finding]:
    if static:
        return
    if flat:
        text = "stands in a pipeline or an unrolled loop: its bound must be a constant"
        yield Finding(node.line, "bound", text)
    elif "UNROLL" in own:
        yield Finding(node.line, "bound", "is unrolled: its bound must be a constant")
    elif "LOOP_TRIPCOUNT" not in own:
        yield Finding(node.line, "bound", "has neither a constant bound nor a LOOP_TRIPCOUNT")


def _innermost(node: Node, looping: set[str]) -> bool:
    """No loop inside it, nor in what it calls."""
    if any(inner.kind in LOOPS for inner, _ in node.walk() if inner is not node):
        return False
    words = {token.text for statement in node.statements() for token in statement}
    return not words & looping


def _static(node: Node, known: set[str]) -> bool:
    """A ``for`` from a constant to a constant."""
    parts = _semicolons(node.head)
    if node.kind != FOR or len(parts) != 3:
        return False
    signs = [index for index, token in enumerate(parts[1]) if token.text in _COMPARISONS]
    starts = [index for index, token in enumerate(parts[0]) if token.text == "="]
    if len(signs) != 1 or len(starts) != 1:
        return False
    counted = [token.text for token in parts[1][: signs[0]]] == [_counter(node)]
    return (
        counted
        and is_constant(parts[0][starts[0] + 1 :], known)
        and is_constant(parts[1][signs[0] + 1 :], known)
    )


def _counter(node: Node) -> str:
    start = [token.text for token in _semicolons(node.head)[0]]
    return start[start.index("=") - 1]


def _semicolons(head: Sequence[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for token in head:
        if token.text == ";":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts
