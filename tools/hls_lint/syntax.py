"""Functions, loops and declarations of a kernel: as much of C++ as kernels use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .tokens import NAME, PRAGMA, Token

_OPEN = {"(": ")", "[": "]", "{": "}"}
_CLOSE = set(_OPEN.values())
FOR, WHILE, DO, BLOCK = "for", "while", "do", "block"
LOOPS = {FOR, WHILE, DO}


@dataclass
class Node:
    """A loop, a bare block or an ``if``: its head, its pragmas, what is inside in order."""

    kind: str
    line: int
    head: list[Token] = field(default_factory=list)  # what stands in the parentheses
    inside: list[Node | list[Token]] = field(default_factory=list)  # nodes, statements, pragmas

    @property
    def pragmas(self) -> list[Token]:
        """Those directly in it."""
        return [
            item[0] for item in self.inside if isinstance(item, list) and item[0].kind == PRAGMA
        ]

    @property
    def nodes(self) -> list[Node]:
        """The blocks directly in it."""
        return [item for item in self.inside if isinstance(item, Node)]

    def walk(self, above: tuple[Node, ...] = ()) -> Iterator[tuple[Node, tuple[Node, ...]]]:
        """Every block from here on, with those around it, outermost first."""
        yield self, above
        for node in self.nodes:
            yield from node.walk((*above, self))

    def statements(self) -> Iterator[list[Token]]:
        """Every statement and every loop's or condition's head, at any depth."""
        for node, _ in self.walk():
            yield node.head
            for item in node.inside:
                if isinstance(item, list) and item[0].kind != PRAGMA:
                    yield item


@dataclass
class Function:
    """A function with its body."""

    name: str
    line: int
    returns: list[Token]
    parameters: list[list[Token]]
    template: list[Token]
    body: Node


class Syntax:
    """What a file defines. ``stray`` are pragmas outside every function."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = list(tokens)
        self.functions: list[Function] = []
        self.stray: list[Token] = []
        self._at = 0
        while self._at < len(self.tokens):
            self._declaration()

    # ---- outside functions --------------------------------------------------------------------

    def _declaration(self) -> None:
        """One namespace, type, function or declaration."""
        if self._peek().kind == PRAGMA:
            self.stray.append(self._take())
            return
        if self._peek().text in {"}", ";"}:
            self._take()
            return
        template = self._template()
        head = self._head()
        if not self._left() or self._take().text != "{":
            return
        words = {token.text for token in head}
        parameters = _parenthesised(head)
        if words & {"namespace", "extern"} and not parameters:
            return  # its members follow, and its closing brace is skipped above
        if words & {"struct", "class", "union"} and not parameters:
            return
        if parameters is None or "enum" in words:
            self._skip_closed()  # a list of values
            return
        name, start, end = parameters
        body = Node(BLOCK, head[0].line)
        function = Function(
            name.text,
            name.line,
            head[: start - 1],
            split(head[start + 1 : end]),
            template,
            body,
        )
        self._block(body)
        self.functions.append(function)

    def _template(self) -> list[Token]:
        """The parameters of ``template <...>``, if that is next."""
        found: list[Token] = []
        while self._left() and self._peek().text == "template":
            self._take()
            self._take()
            depth = 1
            while depth and self._left():
                token = self._take()
                depth += {"<": 1, ">": -1}.get(token.text, 0)
                found.append(token)
        return found

    def _head(self) -> list[Token]:
        """Everything up to a ``;`` or ``{`` that is in no parentheses."""
        found: list[Token] = []
        depth = 0
        while self._left():
            text = self._peek().text
            if depth == 0 and text in {";", "{", "}"}:
                return found
            depth += (text in {"(", "["}) - (text in {")", "]"})
            found.append(self._take())
        return found

    # ---- inside functions ---------------------------------------------------------------------

    def _block(self, node: Node) -> None:
        """Statements up to the closing brace."""
        while self._left():
            if self._peek().text == "}":
                self._take()
                return
            self._statement(node)

    def _statement(self, node: Node) -> None:
        token = self._peek()
        if token.kind == PRAGMA:
            node.inside.append([self._take()])
        elif token.text == "{":
            self._take()
            inner = Node(BLOCK, token.line)
            node.inside.append(inner)
            self._block(inner)
        elif token.text in {"for", "while", "if", "switch"}:
            self._controlled(node, token)
        elif token.text in {"do", "else"}:
            self._take()
            self._body(node, Node(DO if token.text == "do" else BLOCK, token.line))
        elif token.kind == NAME and self._next_is(":"):
            self._take()
            self._take()
        else:
            self._plain(node)

    def _controlled(self, node: Node, token: Token) -> None:
        self._take()
        if self._left() and self._peek().text == "constexpr":
            self._take()
        head = self._enclosed()
        closes_do = token.text == "while" and self._left() and self._peek().text == ";"
        if closes_do and node.nodes and node.nodes[-1].kind == DO:
            node.nodes[-1].head = head
            self._take()
            return
        kind = token.text if token.text in LOOPS else BLOCK
        self._body(node, Node(kind, token.line, head))

    def _body(self, node: Node, inner: Node) -> None:
        node.inside.append(inner)
        if not self._left():
            return
        if self._peek().text == "{":
            self._take()
            self._block(inner)
        else:
            self._statement(inner)

    def _plain(self, node: Node) -> None:
        """An expression or declaration, up to its semicolon."""
        found: list[Token] = []
        depth = 0
        while self._left():
            token = self._peek()
            if depth == 0 and token.text == "}":
                break
            self._take()
            if depth == 0 and token.text == ";":
                break
            depth += (token.text in _OPEN) - (token.text in _CLOSE)
            found.append(token)
        if found:
            node.inside.append(found)

    def _enclosed(self) -> list[Token]:
        """What stands in the parentheses that are next."""
        found: list[Token] = []
        if not self._left() or self._peek().text != "(":
            return found
        depth = 0
        while self._left():
            token = self._take()
            depth += (token.text == "(") - (token.text == ")")
            found.append(token)
            if depth == 0:
                break
        return found[1:-1]

    def _skip_closed(self) -> None:
        """Past the brace that closes the one just taken."""
        depth = 1
        while depth and self._left():
            text = self._take().text
            depth += (text == "{") - (text == "}")

    def _left(self) -> bool:
        return self._at < len(self.tokens)

    def _peek(self) -> Token:
        return self.tokens[self._at]

    def _next_is(self, text: str) -> bool:
        return self._at + 1 < len(self.tokens) and self.tokens[self._at + 1].text == text

    def _take(self) -> Token:
        self._at += 1
        return self.tokens[self._at - 1]


def _parenthesised(head: Sequence[Token]) -> tuple[Token, int, int] | None:
    """A function's name and where its parameters begin and end; None where none are."""
    for start, token in enumerate(head):
        if token.text == "(" and start and head[start - 1].kind == NAME:
            depth = 0
            for end in range(start, len(head)):
                depth += (head[end].text == "(") - (head[end].text == ")")
                if depth == 0:
                    return head[start - 1], start, end
    return None


def split(tokens: Sequence[Token]) -> list[list[Token]]:
    """At commas that are in no brackets, those of template arguments included."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.text in {"(", "[", "{", "<"}) - (token.text in {")", "]", "}", ">"})
        if token.text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]
