"""Elements of a page of HTML, in which every text is escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable

from .numbers import NO_BREAK


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | Iterable["Child"]

_PLAIN = f"\n{NO_BREAK}"  # that no page minds, though Python calls them not printable
_ALONE = frozenset({"meta", "line", "path"})  # elements without an end


def element(tag: str, /, *children: Child, **attributes: str | float) -> Markup:
    """An element. ``class_`` is the attribute class; ``x_y`` is x-y; nothing is left unescaped."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(_shown(value))}"'
        for key, value in attributes.items()
    )
    if tag in _ALONE:
        return Markup(f"<{tag}{written}/>")
    return Markup(f"<{tag}{written}>{joined(children)}</{tag}>")


def joined(children: Iterable[Child]) -> Markup:
    """Children one behind the other; a plain text is escaped."""
    return Markup("".join(_markup(child) for child in children))


def _markup(child: Child) -> str:
    if isinstance(child, Markup):
        return child
    return html.escape(_visible(child)) if isinstance(child, str) else joined(child)


def _shown(value: str | float) -> str:
    return _visible(value) if isinstance(value, str) else f"{value:.6g}"


def _visible(text: str) -> str:
    """Without characters that no page may hold, such as those that name devices could bring."""
    return "".join(c if c.isprintable() or c in _PLAIN else "�" for c in text)
