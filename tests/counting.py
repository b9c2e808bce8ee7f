"""What the fixture ``count`` of ``tests/conftest.py`` is: the run prints what was noted by it."""

from __future__ import annotations

from collections.abc import Callable

Count = Callable[[str, int], None]  # a name, a number
