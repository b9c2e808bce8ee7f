"""Jinja's compiler, changed so that every value a template makes goes through its environment."""

from __future__ import annotations

from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.ext import Extension
from jinja2.parser import Parser


def _made(visit: Any) -> Any:
    """As ``visit`` writes it, but made by the environment; not where it names what is assigned."""

    def write(self: Any, node: Any, frame: Frame) -> None:
        made = getattr(node, "ctx", "load") == "load"
        self.write("environment.made(" if made else "")
        visit(self, node, frame)
        self.write(")" if made else "")

    return write


class Generator(CodeGenerator):
    """Measures lists, slices, ``~`` and all output, and looks at the time where it compares."""

    visit_List = _made(CodeGenerator.visit_List)  # noqa: N815
    visit_Tuple = _made(CodeGenerator.visit_Tuple)  # noqa: N815
    visit_Dict = _made(CodeGenerator.visit_Dict)  # noqa: N815

    def _output_child_to_const(self, node: Any, frame: Frame, finalize: Any) -> str:
        raise nodes.Impossible

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: N802
        """``a[b]``, ``a[b:c]``."""
        visit = CodeGenerator.visit_Getitem
        (_made(visit) if isinstance(node.arg, nodes.Slice) else visit)(self, node, frame)

    def visit_Compare(self, node: nodes.Compare, frame: Frame) -> None:  # noqa: N802
        """``a == b``, ``a in b``."""
        self.write("(environment.budget.spend(0) and ")
        super().visit_Compare(node, frame)
        self.write(")")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802
        """``a ~ b``."""
        self.write("environment.concatenate((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")


class Generation(Extension):
    """``{% generation %}``: marks what an assistant said, for training; here it is as written."""

    tags = {"generation"}  # noqa: RUF012 - Jinja's own attribute

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """What stands between the two tags."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)
