"""Dataclasses as plain values and back. Their own annotations are the schema; nothing is guessed.

Names of the wire are only ever compared with those of the fields.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from .strict_cbor import fits_wire

T = TypeVar("T")


class Wrong(ValueError):
    """Why a value that came is not what it must be."""


class Untellable(ValueError):
    """Why a value of this side cannot go over the wire."""


def to_plain(value: Any) -> Any:
    """What CBOR carries of a value made of dataclasses, mappings, sequences and numbers.

    Raises ``Untellable``.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, int) and not fits_wire(value):
        raise Untellable(f"{value} has more than 64 bits")
    if value is None or isinstance(value, (bool, int, float, bytes)):
        return value
    if isinstance(value, str):
        return carried(value)
    if is_dataclass(value):
        return {f.name: to_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {carried(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (frozenset, set)):
        return sorted(to_plain(item) for item in value)
    return [to_plain(item) for item in value]


def carried(text: str) -> str:
    """What of a text goes over the wire; what is no Unicode is shown as its escape."""
    return text.encode("utf-8", "backslashreplace").decode()


def from_plain(kind: type[T], value: Any, *, extras: bool = False) -> T:
    """A value of a type, a dataclass mostly. Raises ``Wrong``, and what the dataclass itself does.

    Keys that have a default may be missing. ``extras``: those that the type does not know are
    ignored, as a newer version's answers may have them.
    """
    found: T = _read(kind, value, "value", extras)
    return found


def _read(kind: Any, value: Any, where: str, extras: bool) -> Any:
    if is_dataclass(kind):
        return _dataclass(kind, value, where, extras)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _one_of(inner, value, where, extras)
    if origin in (tuple, list, frozenset):
        return _sequence(origin, inner, value, where, extras)
    if origin is not None:  # a mapping, whichever the field names
        _require(isinstance(value, dict), where, "a map", value)
        return {key: _read(inner[1], item, f"{where}.{key}", extras) for key, item in value.items()}
    return _scalar(kind, value, where)


def _scalar(kind: Any, value: Any, where: str) -> Any:
    if kind is Any:
        return value
    if kind is float:
        _require(type(value) in (int, float), where, "a number", value)
        return float(value)
    _require(type(value) is kind, where, kind.__name__, value)
    return value


def _dataclass(kind: Any, value: Any, where: str, extras: bool) -> Any:
    _require(isinstance(value, dict), where, "a map", value)
    known = _hints(kind)
    missing = known.keys() - value.keys() - _defaults(kind)
    _require(not missing, where, f"a map with {', '.join(sorted(missing))}", sorted(value))
    odd = value.keys() - known.keys()
    _require(extras or not odd, where, f"a map of {', '.join(known)}", sorted(value))
    made = {k: _read(known[k], v, f"{where}.{k}", extras) for k, v in value.items() if k in known}
    return kind(**made)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


@cache
def _defaults(kind: Any) -> set[str]:
    return {
        f.name for f in fields(kind) if f.default is not MISSING or f.default_factory is not MISSING
    }


def _one_of(kinds: tuple[Any, ...], value: Any, where: str, extras: bool) -> Any:
    if value is None and type(None) in kinds:
        return None
    kinds = tuple(kind for kind in kinds if kind is not type(None))
    if type(value) in kinds:  # an int stays one where a float might be, too
        return value
    for kind in kinds[:-1]:
        try:
            return _read(kind, value, where, extras)
        except Wrong:
            continue
    return _read(kinds[-1], value, where, extras)


def _sequence(origin: Any, inner: tuple[Any, ...], value: Any, where: str, extras: bool) -> Any:
    _require(isinstance(value, list), where, "a list", value)
    if origin is not tuple or inner[-1] is Ellipsis:
        inner = (inner[0],) * len(value)
    _require(len(inner) == len(value), where, f"a list of {len(inner)}", len(value))
    pairs = enumerate(zip(inner, value, strict=True))
    return origin(_read(kind, item, f"{where}[{i}]", extras) for i, (kind, item) in pairs)


def _require(holds: bool, where: str, wanted: str, value: Any) -> None:
    if not holds:
        raise Wrong(f"{where[:120]} must be {wanted}; it is {value!r:.80}")
