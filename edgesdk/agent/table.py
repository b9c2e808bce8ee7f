"""Every call: its arguments, and the function that answers it. Nothing else can be called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import arguments, decoder_calls, deploy_calls, device_calls, sensing_calls, session_calls
from .board import Board
from .call import Answer, Call

Function = Callable[[Board, Call, Any], Answer]

CALLS: dict[str, tuple[type[Any], Function]] = {
    "discover": (arguments.Nothing, device_calls.discover),
    "connect": (arguments.Connect, device_calls.connect),
    "info": (arguments.Nothing, device_calls.info),
    "models": (arguments.Nothing, device_calls.models),
    "check": (arguments.Nothing, deploy_calls.check),
    "wants": (arguments.OfPart, deploy_calls.wants),
    "begin": (arguments.Nothing, deploy_calls.begin),
    "have": (arguments.Content, deploy_calls.have),
    "upload": (arguments.Upload, deploy_calls.upload),
    "stage": (arguments.OfPart, deploy_calls.stage),
    "trial": (arguments.Nothing, deploy_calls.trial),
    "confirm": (arguments.Nothing, deploy_calls.confirm),
    "revert": (arguments.Nothing, deploy_calls.revert),
    "rollback": (arguments.Named, device_calls.rollback),
    "open": (arguments.Named, session_calls.open_model),
    "open_bundle": (arguments.Content, deploy_calls.open_bundle),
    "trust": (arguments.Key, device_calls.trust),
    "distrust": (arguments.Key, device_calls.distrust),
    "log": (arguments.Nothing, device_calls.log),
    "doubts": (arguments.Nothing, device_calls.doubts),
    "update_firmware": (arguments.Nothing, device_calls.update_firmware),
    "disconnect": (arguments.Nothing, device_calls.disconnect),
    "run": (arguments.Run, session_calls.run),
    "bench": (arguments.Bench, session_calls.bench),
    "figures": (arguments.OfSession, session_calls.figures),
    "prefill": (arguments.Prefill, decoder_calls.prefill),
    "decode": (arguments.Decode, decoder_calls.decode),
    "rewind": (arguments.Rewind, decoder_calls.rewind),
    "write": (arguments.Write, decoder_calls.write),
    "start": (arguments.Start, sensing_calls.start),
    "feed": (arguments.Feed, sensing_calls.feed),
    "finish": (arguments.OfSession, sensing_calls.finish),
    "decisions": (arguments.OfSession, sensing_calls.decisions),
    "status": (arguments.OfSession, sensing_calls.status),
    "listening": (arguments.Nothing, sensing_calls.listening),
    "close": (arguments.OfSession, session_calls.close),
}
