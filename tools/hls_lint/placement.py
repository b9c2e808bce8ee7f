"""Pragmas: known, well-formed, where they may stand, and of variables that are there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .finding import Finding
from .names import variables
from .pragmas import ANYWHERE, FUNCTION, LOOP, PRAGMAS, misused, options
from .syntax import LOOPS, Node, Syntax
from .tokens import PRAGMA, Token

_FIRST_IN_LOOP = {"PIPELINE", "UNROLL"}  # HLS reads them only before the first statement


def check(syntax: Syntax) -> Iterator[Finding]:
    """The findings of one file."""
    for stray in syntax.stray:
        yield Finding(stray.line, "pragma", "stands in no function")
    for function in syntax.functions:
        known = set(variables(function))
        for node, above in function.body.walk():
            for pragma in node.pragmas:
                yield from _one(pragma, node, above, known)


def _one(pragma: Token, node: Node, above: tuple[Node, ...], known: set[str]) -> Iterator[Finding]:
    wrong = misused(pragma.text)
    for text in wrong:
        yield Finding(pragma.line, "pragma", text)
    if wrong:
        return
    name, given = options(pragma.text)
    place = PRAGMAS[name].place
    if not any(_fits(kind, node, above) for kind in place):
        yield Finding(pragma.line, "pragma", f"{name} stands in no {' or '.join(_bare(place))}")
    elif name in _FIRST_IN_LOOP and node.kind in LOOPS and _late(pragma, node):
        yield Finding(pragma.line, "pragma", f"{name} comes after a statement of its loop")
    variable = given.get("variable")
    if variable and re.split(r"[.\[]", variable.strip('"'))[0] not in known:
        yield Finding(pragma.line, "pragma", f"{name}: this function has no variable {variable}")


def _fits(place: str, node: Node, above: tuple[Node, ...]) -> bool:
    if place == LOOP:
        return node.kind in LOOPS
    return place == ANYWHERE or not above


def _bare(place: tuple[str, ...]) -> list[str]:
    return [{LOOP: "loop", FUNCTION: "function's own block"}.get(kind, kind) for kind in place]


def _late(pragma: Token, node: Node) -> bool:
    for item in node.inside:
        if isinstance(item, Node) or item[0].kind != PRAGMA:
            return True
        if item[0] is pragma:
            return False
    return False


def pragma_names(node: Node) -> set[str]:
    """The names of a block's own pragmas."""
    return {options(pragma.text)[0] for pragma in node.pragmas}
