"""Tables of a page that a program writes: each between two marks of its own.

<!-- begin: NAME -->
...
<!-- end: NAME -->
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence


def filled(page: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """The page with every table written anew. Raises ``ValueError`` where one has no place of its
    own."""
    for name, write in tables.items():
        pattern = rf"(<!-- begin: {name} -->\n).*?(<!-- end: {name} -->)"
        page, count = re.subn(pattern, _between(write()), page, flags=re.DOTALL)
        if count != 1:
            raise ValueError(f"the page has {count} places for {name}")
    return page


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of such cells."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _between(text: str) -> Callable[[re.Match[str]], str]:
    return lambda marks: f"{marks[1]}{text}\n{marks[2]}"
