"""What no kernel has: memory from a heap, exceptions, recursion, doubles, dividers by accident."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .calls import calls, reached
from .finding import Finding
from .names import Variable, constants, is_constant, variables
from .syntax import Syntax
from .tokens import NAME, NUMBER, Token

_WORDS = {
    **dict.fromkeys(("malloc", "calloc", "realloc", "free", "new", "delete"), "there is no heap"),
    **dict.fromkeys(("throw", "try", "catch"), "there are no exceptions"),
    **dict.fromkeys(("virtual", "dynamic_cast", "typeid"), "what it calls is not known"),
    **dict.fromkeys(("goto", "setjmp", "longjmp"), "synthesis refuses jumps"),
    "double": "floats are binary32 here",
    "printf": "there is nowhere to print",
    "volatile": "it prevents bursts",
}
_STANDARD = re.compile(r"u?int(8|16|32|64)_t$|size_t$")
_BIT_SELECTS = {"range", "bit", "get_bit", "set_bit", "reverse", "concat", "slice"}
ACCESSORS = "types.hpp"  # the only file that selects bits
_WIDE = re.compile(r"(edge::)?(sint_t|uint_t|bits_t|word128)\b")


def check(syntax: Syntax, name: str) -> Iterator[Finding]:
    """The findings of one file, which is called `name`."""
    for token in syntax.tokens:
        if token.text in _WORDS and token.kind == NAME:
            yield Finding(token.line, "forbidden", f"{token.text}: {_WORDS[token.text]}")
        if token.kind == NUMBER and _is_double(token.text):
            yield Finding(token.line, "forbidden", f"{token.text} is a double; write {token.text}f")
    yield from _library(syntax.tokens)
    for function in syntax.functions:
        known, declared = constants(function), variables(function)
        for statement in function.body.statements():
            yield from _divisions(statement, known)
            if name != ACCESSORS:
                yield from _bits(statement, declared)


def _is_double(number: str) -> bool:
    if number.lower().startswith("0x"):
        return False
    return bool(re.search(r"[.eE]", number)) and number[-1] not in "fF"


def _library(tokens: list[Token]) -> Iterator[Finding]:
    for index, token in enumerate(tokens[:-2]):
        follows = tokens[index + 2]
        scoped = token.text == "std" and tokens[index + 1].text == "::"
        if scoped and not _STANDARD.match(follows.text):
            yield Finding(token.line, "forbidden", f"std::{follows.text} is not for synthesis")


def _divisions(statement: list[Token], known: set[str]) -> Iterator[Finding]:
    """A divider by a number of run time: hundreds of LUTs and some 35 cycles."""
    for index, token in enumerate(statement):
        if token.text not in {"/", "%", "/=", "%="}:
            continue
        if not is_constant(_operand(statement[index + 1 :]), known):
            text = f"{token.text} by a number that is only known at run time"
            yield Finding(token.line, "division", text)


def _operand(after: list[Token]) -> list[Token]:
    """The operand that follows an operator: a parenthesis, or a name with its scopes."""
    if after and after[0].text == "(":
        depth = 0
        for index, token in enumerate(after):
            depth += (token.text == "(") - (token.text == ")")
            if depth == 0:
                return after[: index + 1]
    end = 1
    while end + 1 < len(after) and after[end].text == "::":
        end += 2
    # A name that something is taken from, or that is called, is no constant.
    return after[:end] if end >= len(after) or after[end].text not in {"[", ".", "(", "<"} else []


def _bits(statement: list[Token], known: Mapping[str, Variable]) -> Iterator[Finding]:
    for index, token in enumerate(statement):
        after = statement[index + 1].text if index + 1 < len(statement) else ""
        before = statement[index - 1].text if index else ""
        if token.text in _BIT_SELECTS and before == "." and after == "(":
            yield Finding(token.line, "bits", f".{token.text}() belongs into {ACCESSORS}")
        variable = known.get(token.text)
        if variable is None or after != "[" or before in {".", "->", "::"}:
            continue
        if not variable.indirect and _WIDE.match(variable.type) and variable.line != token.line:
            text = f"{token.text}[...] selects a bit of {variable.type}: use field"
            yield Finding(token.line, "bits", text)


def recursion(files: Mapping[str, Syntax]) -> Iterator[tuple[str, Finding]]:
    """Functions that call themselves, by whatever way; functions of one name count as one."""
    graph = calls(files)
    where = {
        function.name: (file, function.line)
        for file, syntax in files.items()
        for function in syntax.functions
    }
    for name, (file, line) in where.items():
        if name in reached(name, graph):
            yield file, Finding(line, "forbidden", f"{name} calls itself: there is no stack")
