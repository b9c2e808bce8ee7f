"""Strict JSON with one encoding per meaning, checked against the manifest's schema."""

from __future__ import annotations

import json
import math
from functools import cache
from importlib.resources import files
from typing import Any, NoReturn

from ..errors import FormatRefused
from . import limits
from .schema_check import problems

_NEAR = 20  # characters before a wrong one that are shown


def canonical(document: Any) -> bytes:
    """The one encoding: UTF-8, keys sorted by code point, no spaces, no NaN.

    Raises ``FormatRefused`` (EDGE-0813) for what JSON cannot hold.
    """
    try:
        text = json.dumps(
            document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
        )
        return text.encode()
    except UnicodeEncodeError as error:
        near = error.object[max(0, error.start - _NEAR) : error.end]
        raise _not_json(ValueError(f"a text in it is not UTF-8: {near!r}")) from None
    except (TypeError, ValueError, RecursionError) as error:
        raise _not_json(error) from None


def parse(data: bytes) -> dict[str, Any]:
    """Text to a JSON object that the schema accepts.

    Raises ``FormatRefused``: EDGE-0812 (over the cap), 0813 (not strict JSON), 0814 (not as the
    schema says), 0819 (a newer format).
    """
    if len(data) > limits.MANIFEST:
        raise too_large(len(data))
    try:
        document = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=unique_keys,
            parse_constant=no_constant,
            parse_int=_integer,
            parse_float=_real,
        )
    except (ValueError, RecursionError) as error:
        raise _not_json(error) from None
    return validate(document)


def validate(document: Any) -> dict[str, Any]:
    """The document, when the schema accepts it. Raises ``FormatRefused`` (EDGE-0814, 0819)."""
    _refuse_newer(document)
    for problem in problems(document, schema(), schema()["definitions"]):
        raise FormatRefused(
            "The manifest is not as its schema says",
            evidence=problem[:200],
            next_step="Compile the bundle again",
            code=14,
        )
    accepted: dict[str, Any] = document
    return accepted


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of the manifest (draft 7), read on first use."""
    text = files(__package__).joinpath("manifest.schema.json").read_text("utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def too_large(size: int) -> FormatRefused:
    """The error for a manifest over the cap."""
    return FormatRefused(
        f"The manifest has {size} bytes; at most {limits.MANIFEST} are allowed",
        next_step="Fewer labels or shorter names make it smaller",
        code=12,
    )


def _refuse_newer(document: Any) -> None:
    """Say so plainly, before the schema complains about keys that it cannot know."""
    number = document.get("format") if isinstance(document, dict) else None
    if isinstance(number, int) and number > 1:
        raise FormatRefused(
            f"The bundle has format {number}; this edgesdk reads format 1",
            next_step="Update edgesdk",
            code=19,
        )


def _not_json(error: Exception) -> FormatRefused:
    deep = isinstance(error, RecursionError)
    return FormatRefused(
        "The manifest is not strict JSON",
        evidence="nested too deep" if deep else str(error)[:200],
        next_step="Compile the bundle again",
        code=13,
    )


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For ``object_pairs_hook``: raises ``ValueError`` where a key is given twice."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key is given twice")
    return made


def no_constant(name: str) -> NoReturn:
    """For ``parse_constant``: raises ``ValueError`` for NaN and the infinities."""
    raise ValueError(f"{name} is not JSON")


def _integer(text: str) -> int:
    if len(text) > limits.INTEGER_DIGITS:
        raise ValueError(f"an integer of {len(text)} characters")
    return int(text)


def _real(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number beyond the range of a double")
    return number
