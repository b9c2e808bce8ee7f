"""What is no TOML, or none that a file of ours could be: for every reader of such files."""

from __future__ import annotations

NO_TOML = (
    b"\xff\xfe",
    b"",
    b"[table",
    b"x = 3",
    b"a" * 70_000,
    b"x = " + b"[" * 60_000,
    b'about = "' + b"x" * 200_000,
)
