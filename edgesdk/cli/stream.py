"""Feeding streams to a sensing program: from files, or from a microphone."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputMismatch, MissingExtra, UsageError
from ..sensing.description import Description
from ..sensing.streaming import SLICE, StreamingSession, slices
from ..tensors import Array, InputChecker
from .inputs import read_inputs
from .output import Output
from .stream_view import StreamView, summary, warnings

MICROPHONE = "microphone"
_STATUS_EVERY = 10  # slices


@dataclass(frozen=True)
class Feeding:
    """What ``run`` was asked for. ``texts``: [NAME=]FILE, or microphone; ``facts``: by name."""

    texts: Sequence[str]
    facts: Mapping[str, int]
    real_time: bool


def run_streams(out: Output, session: object, feeding: Feeding) -> dict[str, Any]:
    """Feed everything and show what comes; the fields of the result.

    Raises ``UsageError`` (EDGE-0266) for a model without such streams, ``InputMismatch``.
    """
    if not isinstance(session, StreamingSession):
        raise UsageError(
            "This model takes no streams", next_step="Give it --input NAME=FILE", code=66
        )
    view = StreamView(out, session.description)
    live = any(text.rpartition("=")[2] == MICROPHONE for text in feeding.texts)
    pieces = _listen(out, session) if live else _pieces(out, session, feeding)
    session.start(feeding.facts)
    events: list[Any] = []
    try:
        for number, piece in enumerate(pieces):
            events += (found := session.feed(piece, wait=not (live or feeding.real_time)))
            view.tell(found)
            if number % _STATUS_EVERY == _STATUS_EVERY - 1:
                view.status((number + 1) * SLICE, session.status())
    except KeyboardInterrupt:
        if not live:  # a microphone has no other end
            raise
        out.interrupted = False  # it was no interruption: what is left to tell is told
    finally:
        view.end()
    events += (found := session.finish())
    view.tell(found)
    counters = session.status()
    for warning in warnings(counters):
        out.note(warning)
    if not _count(counters):
        out.note("the signal is shorter than the first stage's window: nothing was looked at")
    figures: Mapping[str, Any] = getattr(session, "figures", dict)()
    told = [f"{name} {figure.value:,.0f} {figure.unit}" for name, figure in figures.items()]
    out.note("\n".join(["counted:", summary(counters), *told]))
    return {"events": events, "counters": counters.as_dict(), "figures": figures}


def _count(counters: Any) -> int:
    return sum(stage.windows for stage in counters.stages.values())


def _pieces(
    out: Output, session: StreamingSession, feeding: Feeding
) -> Iterable[Mapping[str, Array]]:
    texts = _named(feeding.texts, session.description)
    arrays = InputChecker(session.inputs)(read_inputs(texts, session.inputs, out.note))
    _check_lengths(session.description, arrays)
    pieces = slices(session.description, arrays)
    return _paced(pieces) if feeding.real_time else pieces


def _named(texts: Sequence[str], description: Description) -> list[str]:
    """A file without a name is the first stream's that no other text names."""
    names = [stream.name for stream in description.streams]
    taken = {text.partition("=")[0] for text in texts if text.partition("=")[0] in names}
    for text in texts:
        name, equals, file = text.partition("=")
        if equals and name not in names and name.isidentifier() and not Path(text).exists():
            raise UsageError(
                f"The program has no stream {name!r} for {file}",
                evidence=f"its streams: {', '.join(names)}",
                code=66,
            )
    free = iter(name for name in names if name not in taken)
    return [
        text if text.partition("=")[0] in names else f"{next(free, names[0])}={text}"
        for text in texts
    ]


def _check_lengths(description: Description, arrays: Mapping[str, Array]) -> None:
    """Recordings of one moment are of one length, but for a second."""
    seconds = {s.name: len(arrays[s.name]) / s.rate for s in description.streams}
    if max(seconds.values()) - min(seconds.values()) > 1.0:
        told = ", ".join(f"{name} {length:.2f} s" for name, length in seconds.items())
        raise InputMismatch(
            "The streams are not of the same length",
            evidence=told,
            next_step="Check their rates, and cut them to the same moment",
            code=28,
        )


def _paced(pieces: Iterable[Mapping[str, Array]]) -> Iterator[Mapping[str, Array]]:
    """As they would come from sensors."""
    begun = time.monotonic()
    for number, piece in enumerate(pieces, start=1):
        time.sleep(max(0.0, begun + number * SLICE - time.monotonic()))
        yield piece


def _listen(out: Output, session: StreamingSession) -> Iterator[Mapping[str, Array]]:
    """The default microphone, until Ctrl-C; for programs with one stream of sound."""
    [stream, *others] = session.description.streams
    if others or stream.channels != 1:
        raise UsageError("A microphone can only feed a program with one stream of sound", code=66)
    try:
        import sounddevice  # type: ignore[import-not-found,unused-ignore]
    except (ImportError, OSError):  # OSError: without the PortAudio library
        raise MissingExtra("sounddevice", MICROPHONE) from None
    frames = round(SLICE * stream.rate)
    missing = False
    with sounddevice.InputStream(stream.rate, frames, channels=1, dtype="int16") as source:
        while True:
            samples, overflowed = source.read(frames)
            if overflowed and not missing:
                missing = True
                out.note("the microphone's own buffer ran over: samples are missing")
            yield {stream.name: samples[:, 0]}
