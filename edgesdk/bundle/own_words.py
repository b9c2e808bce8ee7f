"""The two texts of a manifest that people choose: a name and a version."""

from __future__ import annotations

import re

# As in manifest.schema.json, to which the tests hold them.
NAME = r"[a-z0-9][a-z0-9_-]{0,47}"
VERSION = r"(?=.{5,64}\Z)(0|[1-9][0-9]{0,8})(\.(0|[1-9][0-9]{0,8})){2}(-[0-9A-Za-z][0-9A-Za-z.-]*)?"


def wrong_name(name: object) -> str:
    """What a name must be, where this is none."""
    return "" if _is(name, NAME) else "A name has lower-case letters, digits, - and _, at most 48"


def wrong_version(version: object) -> str:
    """What a version must be, where this is none."""
    return "" if _is(version, VERSION) else "A version looks like 1.2.0"


def given(what: str, value: object) -> str:
    """What somebody gave as it, to show."""
    try:
        str(value).encode()
    except UnicodeEncodeError:
        return f"the {what} is not UTF-8"
    return f"given as {what}: {value!r:.80}"


def _is(text: object, pattern: str) -> bool:
    return isinstance(text, str) and re.fullmatch(pattern, text) is not None
