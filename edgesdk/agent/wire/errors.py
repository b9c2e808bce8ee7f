"""Errors of ours as maps and back: the other side raises the same one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ... import errors
from ...errors import EdgeError, InternalFault
from .plain import Wrong, carried, from_plain

_LONGEST = 16_384  # characters of each text
_TYPES = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, EdgeError)
}


@dataclass(frozen=True)
class _Error:
    type: str
    code: int
    what: str
    evidence: str
    next: str


def error_to_plain(error: BaseException) -> dict[str, Any]:
    """The ``error`` map; ``error`` must be one of ours, of a class in ``edgesdk.errors``."""
    assert isinstance(error, EdgeError)
    kind = next(k.__name__ for k in type(error).__mro__ if k.__name__ in _TYPES)
    texts = {"what": error.what, "evidence": error.evidence, "next": error.next_step}
    return {
        "type": kind,
        "code": error.code,
        **{key: carried(str(text)[:_LONGEST])[:_LONGEST] for key, text in texts.items()},
    }


def error_from_plain(value: Mapping[str, Any]) -> EdgeError:
    """The error that the other side raised. Raises ``Wrong`` where the map is none."""
    found = from_plain(_Error, value, extras=True)
    if not 1 <= found.code <= 9999:
        raise Wrong(f"an error's code of {found.code}")
    kind = _TYPES.get(found.type, InternalFault)
    made = kind.__new__(kind)  # not every class is made of these five
    EdgeError.__init__(made, found.what, evidence=found.evidence, next_step=found.next)
    made.code = found.code
    return made
