"""Jinja for templates that nobody here wrote: no way out, and no way to take much of anything.

Jinja's sandbox keeps a template from Python's insides. It does not keep it from filling memory or
from never ending; here every value that a template makes is measured and paid for out of one
budget, what could grow much is measured before it is made, and every line that runs is counted.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache, wraps
from types import CodeType
from typing import Any

from jinja2 import Template, Undefined
from jinja2.exceptions import TemplateError
from jinja2.runtime import BlockReference, Context, LoopContext, Macro, TemplateReference
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from . import values as chat_template_values
from .code import Generation, Generator
from .values import (
    LARGEST_NUMBER,
    LONGEST_LIST,
    LONGEST_RUN,
    LONGEST_TEXT,
    Budget,
    TooMuch,
    check_operands,
    check_replace,
    check_size,
    checked_text,
)

__all__ = ["Refusal", "TooMuch", "run"]

MOST_STEPS = 2_000_000  # lines of Python; 1,000 messages take about 150,000
MOST_MADE = 16 << 20  # characters of all values that are made ...
MOST_MADE_EACH = 32  # ... and so many for each character of the messages
_MEASURING = {__file__, chat_template_values.__file__}  # files whose lines count nothing
_FILTERS = """abs capitalize count d default dictsort first float indent int items last length list
    lower map max min reject rejectattr reverse select selectattr sort title trim unique upper"""
_METHODS: dict[type, str] = {
    str: """capitalize count endswith find index isalnum isalpha isdigit islower isnumeric
        isspace isupper join lower lstrip partition removeprefix removesuffix replace rfind rindex
        rpartition rsplit rstrip split splitlines startswith strip title upper""",
    dict: "copy get items keys values",
    list: "count index",
    tuple: "count index",
}
_OBJECTS = (Namespace, LoopContext, Macro, BlockReference, TemplateReference)  # Jinja's own
_FRAME = ("_loop_vars", "_block_vars")  # what Jinja adds to the arguments of every call


class Refusal(TemplateError):
    """The template says what is wrong with the messages (``raise_exception``)."""


def run(template: str, values: dict[str, Any], longest: int) -> str:
    """The text of a template, at most ``longest`` characters written on the way.

    Raises ``Refusal``, ``TooMuch``, and whatever Jinja raises.
    """
    given = check_size(values, sys.maxsize)
    environment = _Environment(longest, Budget(MOST_MADE + MOST_MADE_EACH * given))
    compiled = Template.from_code(environment, _compiled(template), environment.globals)
    with _counted_steps():
        return compiled.render(**values)


@lru_cache(maxsize=4)
def _compiled(template: str) -> CodeType:
    """The template as Python code: the slow part, and the same for every conversation."""
    return _Environment(0, Budget(0)).compile(template)


class _Environment(ImmutableSandboxedEnvironment):
    code_generator_class = Generator
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, longest: int, budget: Budget) -> None:
        super().__init__(
            trim_blocks=True,
            lstrip_blocks=True,
            optimized=False,  # nothing is computed before its size is known
            finalize=self._written,
            extensions=["jinja2.ext.loopcontrols", Generation],
        )
        self._left = longest
        self.budget = budget
        self.made = budget.made
        known = {name: self.filters[name] for name in _FILTERS.split()}
        known |= {"join": _join, "replace": _replace, "string": _string, "tojson": _json}
        known |= {"safe": _string, "indent": _indented(known["indent"])}
        known |= {name: _short(known[name]) for name in ("int", "float")}
        self.filters = {name: self._measured(function) for name, function in known.items()}
        self.globals = {
            "range": _range,
            "namespace": self._namespace,
            "raise_exception": _refuse,
        }

    def _measured(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A filter whose result is paid for."""

        @wraps(function)
        def measured(*args: Any, **kwargs: Any) -> Any:
            return self.made(function(*args, **kwargs))

        return measured

    def _namespace(self, *args: Any, **kwargs: Any) -> Namespace:
        return _Namespace(self.made(dict(*args, **kwargs)))

    def _written(self, value: Any) -> Any:
        """Called with everything that is written, also into variables and macros."""
        self._left -= check_size(value, self._left)
        return value

    def concatenate(self, values: tuple[Any, ...]) -> Any:
        """``a ~ b ~ c``."""
        check_size(values, LONGEST_TEXT)
        return self.made("".join(map(str, values)))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """``a + b``, ``a * b`` and such."""
        check_operands(operator, left, right)
        return self.made(super().call_binop(context, operator, left, right))

    def wrap_str_format(self, value: Any) -> None:
        """``format`` can make any width: it is not offered."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Of plain values only the methods that templates use, of Jinja's objects what it allows.

        Of a text's methods those that do not lengthen it, or whose result is measured.
        """
        for kind, names in _METHODS.items():
            if isinstance(obj, kind):
                return attr in names.split()
        return isinstance(obj, _OBJECTS) and super().is_safe_attribute(obj, attr, value)

    def call(self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """``f(...)``."""
        given = {name: value for name, value in kwargs.items() if name not in _FRAME}
        self.made((args, self.made(given)))
        owner = getattr(__obj, "__self__", None)
        if not isinstance(owner, str):
            self.budget.spend(chat_template_values.ENTRY * len(args))
            return self.made(super().call(__context, __obj, *args, **kwargs))
        self.budget.spend(len(owner) if "split" in __obj.__name__ else 0)  # as many new texts
        if __obj.__name__ == "replace":
            return self.made(_replace(owner, *args, **given))
        if __obj.__name__ == "join":
            return self.made(_join(args[0], owner))
        return self.made(__obj(*args, **given))


class _Namespace(Namespace):
    """``namespace()``. As text it shows nothing: it may hold others many times over."""

    def __repr__(self) -> str:
        return "<Namespace>"


def _replace(text: Any, old: str, new: str, count: int | None = -1) -> str:
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


def _short(read: Callable[..., Any]) -> Callable[..., Any]:
    """``int`` and ``float`` of short texts only: reading long ones takes very long."""

    @wraps(read)
    def checked(value: Any, *args: Any, **kwargs: Any) -> Any:
        check_size(value, LARGEST_NUMBER)
        return read(value, *args, **kwargs)

    return checked


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
        if left % 64 == 0 and time.monotonic() > end:
            raise TooMuch(f"more than {LONGEST_RUN:.0f} s")
        return None if frame.f_code.co_filename in _MEASURING else trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)
