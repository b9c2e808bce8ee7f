"""Docstrings and help texts as Markdown, the same with every version of Python."""

from __future__ import annotations

import inspect
import re
import textwrap

WIDTH = 100
NOTE = "<!-- Made by tools/make_reference.py: change the source, and run that again. -->\n"


def flowing(text: str) -> str:
    """One paragraph in lines of the page's width."""
    return textwrap.fill(
        " ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False
    )


def cell(text: str) -> str:
    """A text that may stand in a table."""
    return " ".join(text.split()).replace("|", "\\|")


def documentation(what: object) -> str:
    """The docstring of a class or function as Markdown, or nothing where it has none of its own."""
    return as_markdown(inspect.cleandoc(getattr(what, "__doc__", None) or ""))


def as_markdown(text: str) -> str:
    """A docstring: paragraphs flow, what is indented behind ``::`` stays as it is."""
    paragraphs = re.split(r"\n\s*\n", text.strip("\n"))
    pieces = []
    shown: list[str] = []  # of the block that is indented now
    for paragraph in paragraphs:
        if paragraph.startswith("    "):
            shown.append(paragraph)
            continue
        pieces += _block(shown)
        shown = []
        pieces.append(flowing(paragraph.replace("``", "`").removesuffix("::")) + _colon(paragraph))
    return "\n\n".join([piece for piece in pieces if piece] + _block(shown))


def _colon(paragraph: str) -> str:
    return ":" if paragraph.endswith("::") else ""


def _block(shown: list[str]) -> list[str]:
    text = textwrap.dedent("\n\n".join(shown))
    return [f"```text\n{text}\n```"] if shown else []
