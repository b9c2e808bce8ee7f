"""What a function declares, and which expressions are constants."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .syntax import Function, split
from .tokens import NAME, NUMBER, SIGN, Token

_PREFIXES = {"const", "constexpr", "static", "typename", "unsigned", "signed", "volatile", "inline"}
_AFTER_NAME = {"=", "[", "{", "(", ",", ";"}
# Statements that begin with a word but declare nothing.
_NO_TYPE = {"return", "else", "goto", "using", "typedef", "static_assert", "break", "continue"}
_NO_TYPE |= {"case", "default", "delete", "throw"}
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*$")


@dataclass(frozen=True)
class Variable:
    """A parameter or a local variable."""

    name: str
    line: int
    type: str  # its words joined, without const and the like
    indirect: bool  # an array or a pointer: an element of it is a value, it itself is none
    constant: bool


def variables(function: Function) -> dict[str, Variable]:
    """Everything that the function declares, by name."""
    found: list[Variable] = []
    for parameter in function.parameters:
        found += _declared(parameter, lone=True)
    for statement in function.body.statements():
        for part in _statements(statement):
            found += _declared(part, lone=False)
    return {variable.name: variable for variable in found}


def constants(function: Function) -> set[str]:
    """Names that synthesis knows the value of: template parameters and constexpr variables."""
    names = {token.text for token in function.template if token.kind == NAME}
    return names | {item.name for item in variables(function).values() if item.constant}


def is_constant(expression: Sequence[Token], known: set[str]) -> bool:
    """Whether synthesis knows the value; a name in capitals is a constant by this house's habit."""
    if not expression:
        return False
    for index, token in enumerate(expression):
        scope = index + 1 < len(expression) and expression[index + 1].text == "::"
        if token.kind in {NUMBER, SIGN} and token.text not in {"[", "]", "="}:
            continue
        if token.kind == NAME and (scope or token.text in known or _CONSTANT.match(token.text)):
            continue
        if token.text in {"sizeof", "static_cast", "int"}:
            continue
        return False
    return True


def _statements(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """The parts of a loop's head, or the statement itself."""
    part: list[Token] = []
    for token in tokens:
        if token.text in {";", ":"}:
            yield part
            part = []
        else:
            part.append(token)
    yield part


def _declared(tokens: Sequence[Token], *, lone: bool) -> list[Variable]:
    """The variables of a declaration; none where it is an expression. `lone`: a parameter."""
    words = [token for token in tokens if token.text not in _PREFIXES]
    constant = any(token.text == "constexpr" for token in tokens)
    if not words or words[0].kind != NAME or words[0].text in _NO_TYPE:
        return []
    end = _type_end(words)
    if end is None:
        return []
    kind = "".join(token.text for token in words[:end])
    found = []
    for index, part in enumerate(split(words[end:])):
        variable = _variable(part, kind, constant, lone=lone)
        if variable is None:
            return found if index else []
        found.append(variable)
    return found


def _type_end(words: Sequence[Token]) -> int | None:
    """Where the type ends: after a name, its scopes and its template arguments."""
    at = 1
    while at < len(words):
        if words[at].text == "::" and at + 1 < len(words):
            at += 2
        elif words[at].text == "<":
            depth = 0
            while at < len(words):
                depth += (words[at].text == "<") - (words[at].text == ">")
                at += 1
                if depth <= 0:
                    break
        else:
            return at
    return None


def _variable(part: Sequence[Token], kind: str, constant: bool, *, lone: bool) -> Variable | None:
    at = 0
    pointer = False
    while at < len(part) and part[at].text in {"*", "&", "(", "&&"}:
        pointer |= part[at].text == "*"
        at += 1
    if at >= len(part) or part[at].kind != NAME:
        return None
    name, rest = part[at], part[at + 1 :]
    while rest and rest[0].text == ")":
        rest = rest[1:]
    if rest and rest[0].text not in _AFTER_NAME:
        return None
    array = bool(rest) and rest[0].text == "["
    return Variable(name.text, name.line, kind, pointer or array, constant and not lone)
