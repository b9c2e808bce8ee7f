"""Write docs/reference anew: python tools/make_reference.py.

The pages are made of what the source says: docstrings and signatures of the public names, the help
of every command, and the tables of ``reference.settings``. A test compares the pages with what
this would write.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from reference.commands import commands_page
from reference.python import backend_page, python_page
from reference.settings import settings_page

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
PAGES = {
    "commands.md": commands_page,
    "python.md": python_page,
    "backend.md": backend_page,
    "configuration.md": settings_page,
}


def main() -> None:
    """Write every page."""
    FOLDER.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
