"""Float arithmetic is written with the named operations of float32.hpp, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .finding import Finding
from .names import Variable, variables
from .syntax import Function, Syntax
from .tokens import NAME, NUMBER, Token

OPERATIONS = "float32.hpp"
_TYPES = {"float", "const", "return"}
_OPERATORS = {"+", "-", "*", "/", "+=", "-=", "*=", "/="}


def floating(files: Mapping[str, Syntax]) -> set[str]:
    """The functions that return a float."""
    return {
        function.name
        for syntax in files.values()
        for function in syntax.functions
        if any(token.text == "float" for token in function.returns)
    }


def check(syntax: Syntax, name: str, functions: set[str]) -> Iterator[Finding]:
    """The findings of one file, which is called `name`."""
    if name == OPERATIONS:
        return
    for function in syntax.functions:
        yield from _arithmetic(function, functions)


def _arithmetic(function: Function, functions: set[str]) -> Iterator[Finding]:
    known = variables(function)
    for statement in function.body.statements():
        for index, token in enumerate(statement):
            if token.text not in _OPERATORS or _unary(statement, index):
                continue
            left = _left(statement[:index], known, functions)
            right = _right(statement[index + 1 :], known, functions)
            if left or right:
                text = f"{token.text} on a float: use the operations of {OPERATIONS}"
                yield Finding(token.line, "float", text)


def _unary(statement: Sequence[Token], index: int) -> bool:
    """A sign, or a star before a name: exact, or no arithmetic at all."""
    if statement[index].text not in {"+", "-", "*"}:
        return False
    if index == 0:
        return True
    before = statement[index - 1]
    return before.text in _TYPES or not (
        before.kind in {NAME, NUMBER} or before.text in {")", "]", "++", "--"}
    )


def _left(before: Sequence[Token], known: Mapping[str, Variable], functions: set[str]) -> bool:
    """Whether the operand that ends here is a float."""
    if not before:
        return False
    end = len(before) - 1
    taken = False
    while before[end].text in {"]", ")"}:
        opening = _opening(before, end)
        if before[end].text == ")" and (opening == 0 or before[opening - 1].kind != NAME):
            return False  # a parenthesis: what is inside is looked at by itself
        taken |= before[end].text == "]"
        end = opening - 1
        if end < 0:
            return False
    called = end + 1 < len(before) and before[end + 1].text == "("
    return _is_float(before[end], taken, called, known, functions)


def _right(after: Sequence[Token], known: Mapping[str, Variable], functions: set[str]) -> bool:
    """Whether the operand that begins here is a float."""
    index = 0
    while index < len(after) and after[index].text in {"-", "+", "*", "("}:
        index += 1
    if index >= len(after):
        return False
    while index + 2 < len(after) and after[index + 1].text == "::":
        index += 2
    follows = after[index + 1].text if index + 1 < len(after) else ""
    taken = follows == "[" or (index > 0 and after[index - 1].text == "*")
    return _is_float(after[index], taken, follows in {"(", "<"}, known, functions)


def _is_float(
    token: Token,
    taken: bool,
    called: bool,
    known: Mapping[str, Variable],
    functions: set[str],
) -> bool:
    """`taken`: an element of it is meant, or what it points to; `called`: what it returns."""
    if token.kind == NUMBER:
        return token.text[-1] in "fF" and not token.text.lower().startswith("0x")
    if called:
        return token.text in functions
    variable = known.get(token.text)
    return bool(variable and variable.type == "float" and (taken or not variable.indirect))


def _opening(tokens: Sequence[Token], end: int) -> int:
    """Where the bracket that ends at `end` opens."""
    depth = 0
    for index in range(end, -1, -1):
        depth += (tokens[index].text in {"]", ")"}) - (tokens[index].text in {"[", "("})
        if depth == 0:
            return index
    return 0
