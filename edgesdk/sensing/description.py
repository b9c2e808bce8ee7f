"""What a sensing program is to do, as a person writes it: one JSON object.

``docs/sensing-program.md`` explains every key; ``read`` refuses what it does not know. Windows,
steps and hops are counted in frames of their stream, advances in ticks (frames of the fastest
stream), other times in seconds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any, NoReturn

from ..errors import ModelRefused, UsageError
from .post_processing import Cough, Smooth, read_post
from .stage_description import Names, Stage, Stream, read_stage, stage_names
from .strict_reader import Fields, Wrong, unique

FORMAT = 1
LARGEST = 65536  # bytes of the document
LATEST = (1 << 63) - 1  # the last first tick: a device takes none that has no time behind it


@dataclass(frozen=True)
class Fact:
    """Something that is known of the subject, from ``low`` to ``high``."""

    name: str
    low: int
    high: int
    default: int


@dataclass(frozen=True)
class Description:
    """A checked description. ``document`` is the JSON object that it was read from."""

    name: str
    streams: tuple[Stream, ...]
    facts: tuple[Fact, ...]
    labels: tuple[str, ...]
    stages: tuple[Stage, ...]
    posts: tuple[Smooth | Cough, ...]
    document: Mapping[str, Any]

    @property
    def tick_rate(self) -> int:
        """Ticks in a second."""
        return max(stream.rate for stream in self.streams)

    def ticks(self, stream: int) -> int:
        """Ticks from one frame of a stream to the next."""
        return self.tick_rate // self.streams[stream].rate

    def stream_number(self, name: str) -> int:
        """Which of the streams has that name. Raises ``UsageError`` (EDGE-0201)."""
        names = [stream.name for stream in self.streams]
        if name not in names:
            raise UsageError(
                f"The program has no stream named {name!r}", evidence=f"it has {', '.join(names)}"
            )
        return names.index(name)

    def fact_values(self, facts: Mapping[str, int]) -> dict[str, int]:
        """Every fact's value, in their order; one that is not given has its default.

        Raises ``UsageError`` (EDGE-0201).
        """
        known = {fact.name: fact for fact in self.facts}
        for name, value in facts.items():
            if name not in known:
                raise UsageError(
                    f"The program asks for no fact named {name!r}",
                    evidence=f"it knows {', '.join(known) or 'none'}",
                )
            fact = known[name]
            if type(value) is not int or not fact.low <= value <= fact.high:
                raise UsageError(
                    f"The fact {name!r} must be a whole number from {fact.low} to {fact.high}",
                    evidence=f"got {value!r}"[:200],
                )
        return {name: facts.get(name, fact.default) for name, fact in known.items()}


def checked_tick(first_tick: int) -> int:
    """Where a program begins to count. Raises ``UsageError`` (EDGE-0201)."""
    if not isinstance(first_tick, Integral) or not 0 <= first_tick <= LATEST:
        raise UsageError(
            f"first_tick must be a whole number from 0 to {LATEST}",
            evidence=f"got {first_tick!r}"[:200],
        )
    return int(first_tick)


def read(document: Mapping[str, Any] | str | bytes) -> Description:
    """A description from an object or its JSON text. Raises ``ModelRefused`` (EDGE-0204)."""
    try:
        found = _parse(document) if isinstance(document, (str, bytes)) else document
        return _description(Fields(found, ""), found)
    except Wrong as error:
        raise ModelRefused(
            "The description of the sensing program is refused",
            evidence=str(error),
            next_step="docs/sensing-program.md says what each key means",
        ) from None


def _parse(text: str | bytes) -> Any:
    if len(text) > LARGEST:
        raise Wrong(f"it has {len(text)} bytes; at most {LARGEST} are allowed")
    try:
        return json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_no_constant)
    except RecursionError:
        raise Wrong("it is nested too deep") from None
    except Wrong:
        raise
    except ValueError as error:
        raise Wrong(f"it is not JSON: {error}"[:200]) from None


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Wrong("a key is given twice in one object")
    return made


def _no_constant(name: str) -> NoReturn:
    raise Wrong(f"{name} is not a number")


def _description(fields: Fields, document: Mapping[str, Any]) -> Description:
    if fields.take("format") != FORMAT:
        raise Wrong(f"format must be {FORMAT}")
    name = fields.text("name")
    streams = _streams(fields)
    facts = fields.each("facts", 16, _fact, ())
    unique([fact.name for fact in facts], "facts")
    labels = _labels(fields)
    waiting = fields.items("stages", 8)
    fields.put_back("stages", waiting)
    names = Names(streams, tuple(fact.name for fact in facts), labels, stage_names(waiting))
    stages = fields.each("stages", 8, lambda item: read_stage(item, names))
    rate = max(stream.rate for stream in streams)
    posts = fields.each("events", 4, lambda item: read_post(item, names.stages, labels, rate), ())
    fields.done()
    return Description(name, streams, facts, labels, stages, posts, document)


def _streams(fields: Fields) -> tuple[Stream, ...]:
    streams = fields.each("streams", 4, _stream)
    if not streams:
        raise Wrong("streams: there must be one")
    fastest = max(stream.rate for stream in streams)
    for stream in streams:
        if fastest % stream.rate:
            raise Wrong(f"{stream.name}: {stream.rate} Hz does not divide {fastest} Hz")
    unique([stream.name for stream in streams], "streams")
    return streams


def _labels(fields: Fields) -> tuple[str, ...]:
    labels = fields.items("labels", 128)
    if not labels or not all(isinstance(label, str) and 0 < len(label) <= 200 for label in labels):
        raise Wrong("labels must be texts of 1 to 200 characters, at least one")
    unique(labels, "labels")
    return tuple(labels)


def _stream(fields: Fields) -> Stream:
    rate = fields.integer("rate", 1, 1_000_000)
    return Stream(
        name=fields.text("name"),
        rate=rate,
        channels=fields.integer("channels", 1, 16, 1),
        unit=fields.text("unit"),
        step=fields.number("step", 1e-12, 1e12),
        buffer=fields.integer("buffer", 1, 1 << 24, max(1, rate // 4)),
        constant=fields.integer("constant", 0, 1 << 31, rate),
    )


def _fact(fields: Fields) -> Fact:
    low = fields.integer("low", -(1 << 31), (1 << 31) - 1)
    high = fields.integer("high", low, (1 << 31) - 1)
    return Fact(fields.text("name"), low, high, fields.integer("default", low, high, low))
