"""C++ as Vitis HLS would read it, in words: comments and branches that it does not see are gone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

NAME, NUMBER, STRING, SIGN, PRAGMA = "name", "number", "string", "sign", "pragma"
SEEN_BY_SYNTHESIS = frozenset({"__SYNTHESIS__", "__cplusplus"})

_WORD = re.compile(
    r"""(?P<string>R?"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    |(?P<number>\.?\d(?:[eEpP][+-]|[\w.'])*)
    |(?P<name>[A-Za-z_]\w*)
    |(?P<sign><<=|>>=|\.\.\.|->\*|::|->|\+\+|--|<<|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[^\s\w])""",
    re.VERBOSE,
)
_COMMENT = re.compile(r"//(?:\\\n|[^\n])*|/\*.*?\*/|(\"(?:\\.|[^\"\\\n])*\")", re.DOTALL)


@dataclass(frozen=True)
class Token:
    """A word of the source and the line it stands in."""

    kind: str
    text: str
    line: int


def tokens(source: str, defined: Iterable[str] = ()) -> list[Token]:
    """The words of a file; a ``#pragma HLS`` is one, other directives are none.

    `defined`: macros of the files that this one includes.
    """
    found: list[Token] = []
    for number, line in _lines(_without_comments(source), {*SEEN_BY_SYNTHESIS, *defined}):
        if line.lstrip().startswith("#"):
            words = line.split()
            if words[:2] == ["#pragma", "HLS"]:
                found.append(Token(PRAGMA, " ".join(words[2:]), number))
        else:
            found += [
                Token(str(word.lastgroup), word.group(), number) for word in _WORD.finditer(line)
            ]
    return found


def _without_comments(source: str) -> str:
    def blank(match: re.Match[str]) -> str:
        return match[1] if match[1] is not None else re.sub(r"[^\n]", " ", match[0])

    return _COMMENT.sub(blank, source)


def macros(source: str) -> set[str]:
    """What synthesis finds defined once it has read a file, but for the file's own guard."""
    known = set(SEEN_BY_SYNTHESIS)
    for _ in _lines(_without_comments(source), known):
        pass
    return known - set(re.findall(r"^\s*#\s*ifndef\s+(\w+)", source, re.MULTILINE))


def _lines(source: str, known: set[str]) -> Iterator[tuple[int, str]]:
    """The logical lines of the branches that synthesis takes, each with its number.

    `known`: the macros that are defined; those of this file are added.
    """
    branches: list[list[bool]] = []  # for each open #if: taken now, taken before, seen outside
    joined, start = "", 0
    for number, physical in enumerate(source.split("\n"), start=1):
        start = start or number
        joined += physical
        if joined.endswith("\\"):
            joined = joined[:-1] + " "
            continue
        line, at = joined, start
        joined, start = "", 0
        directive = re.match(r"\s*#\s*(\w+)\s*(.*)", line)
        if directive and _branch(directive[1], directive[2].strip(), branches, known):
            continue
        if all(branch[0] for branch in branches):
            if directive and directive[1] == "define":
                known.add(re.split(r"\W", directive[2], maxsplit=1)[0])
            yield at, line


def _branch(word: str, condition: str, branches: list[list[bool]], known: set[str]) -> bool:
    """Follow a conditional; false where the directive is none."""
    if word in {"if", "ifdef", "ifndef"}:
        taken = _holds(word, condition, known)
        branches.append([taken, taken])
    elif word in {"else", "elif"} and branches:
        taken = not branches[-1][1] and (word == "else" or _holds("if", condition, known))
        branches[-1] = [taken, taken or branches[-1][1]]
    elif word == "endif" and branches:
        branches.pop()
    else:
        return False
    return True


def _holds(word: str, condition: str, known: set[str]) -> bool:
    if word in {"ifdef", "ifndef"}:
        return (condition.split(maxsplit=1)[0] in known) == (word == "ifdef")
    names = re.sub(
        r"defined\s*\(?\s*(\w+)\s*\)?", lambda match: str(int(match[1] in known)), condition
    )
    either = [
        all(_truth(part) for part in alternative.split("&&")) for alternative in names.split("||")
    ]
    return any(either)


def _truth(part: str) -> bool:
    """A number, perhaps negated. Anything else counts as true: its code is looked at."""
    text = part.strip(" ()")
    negated = text.startswith("!")
    text = text.lstrip("! (")
    return (text != "0") != negated
