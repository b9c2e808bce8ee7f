"""Jinja for templates that nobody here wrote: no way out, and no way to take much of anything.

Jinja's sandbox keeps a template from Python's insides. It does not keep it from filling memory or
from never ending; here every value that can grow is measured before it is made, and every line
that runs is counted.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import CodeType
from typing import Any

from jinja2 import Template, Undefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import TemplateError
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from .chat_template_values import (
    LONGEST_LIST,
    LONGEST_TEXT,
    TooMuch,
    check_operands,
    check_replace,
    check_size,
    checked_text,
)

__all__ = ["Refusal", "TooMuch", "run"]

MOST_STEPS = 2_000_000  # lines of Python; 1,000 messages take about 150,000
LONGEST_RUN = 10.0  # seconds
_FILTERS = """abs capitalize count d default dictsort first float indent int items last length list
    lower map max min reject rejectattr reverse select selectattr sort title trim unique upper"""
_TEXT_METHODS = """capitalize count endswith find index isalnum isalpha isdigit islower isnumeric
    isspace isupper join lower lstrip partition removeprefix removesuffix replace rfind rindex
    rpartition rsplit rstrip split splitlines startswith strip title upper"""


class Refusal(TemplateError):
    """The template says what is wrong with the messages (``raise_exception``)."""


def run(template: str, values: dict[str, Any], longest: int) -> str:
    """The text of a template, at most ``longest`` characters written on the way.

    Raises ``Refusal``, ``TooMuch``, and whatever Jinja raises.
    """
    environment = _Environment(longest)
    compiled = Template.from_code(environment, _compiled(template), environment.globals)
    with _counted_steps():
        return compiled.render(**values)


@lru_cache(maxsize=4)
def _compiled(template: str) -> CodeType:
    """The template as Python code: the slow part, and the same for every conversation."""
    return _Environment(0).compile(template)


class _Generator(CodeGenerator):
    """Compiles so that all output and every ``~`` goes through the environment."""

    def _output_child_to_const(self, node: Any, frame: Frame, finalize: Any) -> str:
        raise nodes.Impossible

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802
        """``a ~ b``."""
        self.write("environment.concatenate((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")


class _Generation(Extension):
    """``{% generation %}``: marks what an assistant said, for training; here it is as written."""

    tags = {"generation"}  # noqa: RUF012 - Jinja's own attribute

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """What stands between the two tags."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class _Environment(ImmutableSandboxedEnvironment):
    code_generator_class = _Generator
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, longest: int) -> None:
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            optimized=False,  # nothing is computed before its size is known
            finalize=self._written,
            extensions=["jinja2.ext.loopcontrols", _Generation],
        )
        self._left = longest
        self.filters = {name: self.filters[name] for name in _FILTERS.split()}
        self.filters |= {"join": _join, "replace": _replace, "string": _string, "tojson": _json}
        self.filters |= {"safe": _string, "indent": _indented(self.filters["indent"])}
        self.globals = {"range": _range, "namespace": Namespace, "raise_exception": _refuse}

    def _written(self, value: Any) -> Any:
        """Called with everything that is written, also into variables and macros."""
        self._left -= check_size(value, self._left)
        return value

    def concatenate(self, values: tuple[Any, ...]) -> str:
        """``a ~ b ~ c``."""
        check_size(values, LONGEST_TEXT)
        return "".join(map(str, values))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """``a + b``, ``a * b`` and such."""
        check_operands(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def wrap_str_format(self, value: Any) -> None:
        """``format`` can make any width: it is not offered."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Of a text's methods only those that do not lengthen it, or whose result is measured."""
        if isinstance(obj, str):
            return attr in _TEXT_METHODS.split()
        return super().is_safe_attribute(obj, attr, value)

    def call(self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """``f(...)``."""
        owner = getattr(__obj, "__self__", None)
        if isinstance(owner, str) and __obj.__name__ == "replace":
            return _replace(owner, *args, **kwargs)
        if isinstance(owner, str) and __obj.__name__ == "join":
            return _join(args[0], owner)
        return super().call(__context, __obj, *args, **kwargs)


def _replace(text: Any, old: str, new: str, count: int = -1) -> str:
    before, old, new = _string(text), _string(old), _string(new)
    check_replace(before, old, new)
    return before.replace(old, new, -1 if count is None else count)


def _join(values: Iterable[Any], between: Any = "", attribute: str | None = None) -> str:
    found = [value if attribute is None else value[attribute] for value in values]
    separator = _string(between)
    check_size(found, LONGEST_TEXT - len(separator) * len(found))
    return separator.join(map(str, found))


def _string(value: Any) -> str:
    check_size(value, LONGEST_TEXT)
    return str(value)


def _json(value: Any, indent: int | None = None, **settings: Any) -> str:
    """JSON with letters as they are, as templates for ``transformers`` expect it."""
    if isinstance(value, Undefined):
        raise TypeError("undefined has no JSON")
    known = {"sort_keys", "separators"}
    chosen = {name: setting for name, setting in settings.items() if name in known}
    encoder = json.JSONEncoder(ensure_ascii=False, indent=indent and min(indent, 16), **chosen)
    return checked_text(encoder.iterencode(value))


def _indented(indent: Callable[..., str]) -> Callable[..., str]:
    def checked(text: Any, width: int = 4, first: bool = False, blank: bool = False) -> str:
        if not isinstance(width, int) or not 0 <= width <= 64:
            raise TooMuch("an indent of more than 64")
        text = _string(text)
        check_replace(text, "\n", "\n" + " " * width)
        return str(indent(text, width, first, blank))

    return checked


def _range(*bounds: int) -> range:
    found = range(*bounds)
    if len(found) > LONGEST_LIST:
        raise TooMuch(f"a range of {len(found)} numbers")
    return found


def _refuse(message: object = "") -> None:
    raise Refusal(_string(message))


@contextmanager
def _counted_steps() -> Iterator[None]:
    """Stop what takes too many lines, or too long. It is checked between lines."""
    left = MOST_STEPS
    end = time.monotonic() + LONGEST_RUN

    def trace(frame: Any, event: str, argument: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise TooMuch(f"more than {MOST_STEPS} steps")
        if left % 1024 == 0 and time.monotonic() > end:
            raise TooMuch(f"more than {LONGEST_RUN:.0f} s")
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)
