"""Checks a document against the manifest's JSON Schema, by the keywords that it uses.

The schema file stays the specification and is read as it is, so that a board needs no library for
it. What is wrong is said in the words of the fastjsonschema package, against which tests hold this.
A keyword that has no rule here is a ``KeyError``, never passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

Schema = Mapping[str, Any]

_KINDS: dict[str, type] = {"object": dict, "array": list, "string": str, "null": type(None)}
_ABOUT_NOTHING = {"$schema", "title", "definitions"}
_NESTED = {"items", "required", "properties", "additionalProperties", "propertyNames"}


def problems(value: Any, schema: Schema, definitions: Schema, where: str = "data") -> Iterator[str]:
    """What is wrong with a value, one after the other. ``where``: its name in the texts."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].removeprefix("#/definitions/")]
    for keyword in sorted(schema.keys() - _ABOUT_NOTHING - _NESTED, key=_ORDER.__getitem__):
        broken, words = _PLAIN[keyword]
        if broken(value, schema[keyword]):
            yield f"{where} must {words.format(_said(schema[keyword]))}"
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            yield from problems(item, schema["items"], definitions, f"{where}[{index}]")
    if isinstance(value, dict):
        yield from _object(value, schema, definitions, where)


def _object(
    value: dict[str, Any], schema: Schema, definitions: Schema, where: str
) -> Iterator[str]:
    if missing := sorted(set(schema.get("required", ())) - value.keys()):
        yield f"{where} must contain {missing} properties"
    known = schema.get("properties", {})
    for name in [name for name in known if name in value]:
        yield from problems(value[name], known[name], definitions, f"{where}.{name}")
    yield from _others(value, sorted(value.keys() - known), schema, definitions, where)
    names = schema.get("propertyNames", {})
    if any(any(problems(name, names, definitions)) for name in value):
        yield f"{where} must be named by propertyName definition"


def _others(
    value: dict[str, Any], names: list[str], schema: Schema, definitions: Schema, where: str
) -> Iterator[str]:
    """What is wrong with the properties that the schema does not name."""
    each = schema.get("additionalProperties", {})
    if each is False and names:
        yield f"{where} must not contain {{{', '.join(map(repr, names))}}} properties"
    elif each is not False:
        for name in names:
            yield from problems(value[name], each, definitions, f"{where}.{name}")


def _of_another_type(value: Any, wanted: str | list[str]) -> bool:
    return not any(_is(value, kind) for kind in ([wanted] if isinstance(wanted, str) else wanted))


def _is(value: Any, kind: str) -> bool:
    if kind == "integer":
        return _is_number(value) and bool(value == value // 1)
    return _is_number(value) if kind == "number" else isinstance(value, _KINDS[kind])


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _below(value: Any, least: float) -> bool:
    return _is_number(value) and bool(value < least)


def _above(value: Any, most: float) -> bool:
    return _is_number(value) and bool(value > most)


def _mismatched(value: Any, pattern: str) -> bool:
    return isinstance(value, str) and not _compiled(pattern).search(value)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """A schema means by ``$`` the very end; Python would allow a line feed after it."""
    return re.compile(re.sub(r"\$$", r"\\Z", pattern))


def _shorter(kind: type[str] | type[list[Any]]) -> Callable[[Any, int], bool]:
    return lambda value, fewest: isinstance(value, kind) and len(value) < fewest


def _longer(kind: type[str] | type[list[Any]] | type[dict[str, Any]]) -> Callable[[Any, int], bool]:
    return lambda value, most: isinstance(value, kind) and len(value) > most


def _said(limit: Any) -> str:
    """What a keyword demands, as the texts have it; only ``type`` lists alternatives in words."""
    if isinstance(limit, list) and set(limit) <= {*_KINDS, "integer", "number"}:
        return " or ".join(limit)
    return str(limit)


# What breaks each keyword that looks at one value alone, in the order of looking, and the words.
_PLAIN: dict[str, tuple[Callable[[Any, Any], bool], str]] = {
    "type": (_of_another_type, "be {}"),
    "enum": (lambda value, among: value not in among, "be one of {}"),
    "minLength": (_shorter(str), "be longer than or equal to {} characters"),
    "maxLength": (_longer(str), "be shorter than or equal to {} characters"),
    "pattern": (_mismatched, "match pattern {}"),
    "minimum": (_below, "be bigger than or equal to {}"),
    "maximum": (_above, "be smaller than or equal to {}"),
    "minItems": (_shorter(list), "contain at least {} items"),
    "maxItems": (_longer(list), "contain less than or equal to {} items"),
    "maxProperties": (_longer(dict), "contain less than or equal to {} properties"),
}
_ORDER = {keyword: place for place, keyword in enumerate(_PLAIN)}
