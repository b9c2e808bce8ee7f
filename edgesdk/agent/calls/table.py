"""Every call: its arguments, and the function that answers it. Nothing else can be called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_type_hints

from ..board import Board
from ..call import Answer, Call
from . import decoder, deploy, device, sensing, session

Function = Callable[[Board, Call, Any], Answer]

_CALLS = {
    device: "discover connect disconnect info models rollback trust distrust log doubts "
    "update_firmware",
    deploy: "check begin wants have upload stage trial confirm revert open_bundle",
    session: "open run bench figures close",
    decoder: "prefill decode rewind write",
    sensing: "listening start feed finish decisions status",
}


def _entry(function: Function) -> tuple[type[Any], Function]:
    return get_type_hints(function)["given"], function


CALLS: dict[str, tuple[type[Any], Function]] = {
    name: _entry(getattr(module, name))
    for module, names in _CALLS.items()
    for name in names.split()
}
