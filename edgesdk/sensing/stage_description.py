"""The stages of a sensing program's description, as a person writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .strict_reader import Fields, Wrong, unique

SPAN = 1 << 30  # ticks: the longest window and advance
FEATURES, OUTPUTS, ROWS = 4096, 128, 4096  # the most of each
SETTINGS = ("segment", "overlap", "frame", "hop", "mel_bands", "mfcc_bands")


@dataclass(frozen=True)
class Stream:
    """A sensor. ``step``: what one step of a sample is, in ``unit``. ``buffer``: frames that are
    kept beyond what windows need; ``constant``: so many equal frames in a row are no signal."""

    name: str
    rate: int
    channels: int
    unit: str
    step: float
    buffer: int
    constant: int


@dataclass(frozen=True)
class LogMel:
    """Log-mel rows: how many are the model's input, and how each is cut and counted."""

    rows: int
    window: int
    hop: int
    mels: int

    @property
    def span(self) -> int:
        """Frames that all rows together look at."""
        return (self.rows - 1) * self.hop + self.window


@dataclass(frozen=True)
class Transition:
    """The index of the next stage, and ticks from when this window is due to when the next is."""

    next: int
    advance: int


@dataclass(frozen=True)
class Stage:
    """A window over a stream, a model on it, and what follows. ``features``: names as in
    ``edgesdk.sensing.features``; ``labels``: of the model's outputs, or -1."""

    name: str
    stream: int
    window: int
    features: tuple[str, ...]
    settings: Mapping[str, Any]
    rows: LogMel | None
    facts: tuple[int, ...]
    model: str
    labels: tuple[int, ...]
    decided: int
    threshold: float
    limit: int
    hit: Transition
    miss: Transition
    last: Transition


@dataclass(frozen=True)
class Names:
    """What a stage can refer to."""

    streams: tuple[Stream, ...]
    facts: tuple[str, ...]
    labels: tuple[str, ...]
    stages: tuple[str, ...]

    def ticks(self, stream: int) -> int:
        """Ticks from one frame of a stream to the next."""
        return max(each.rate for each in self.streams) // self.streams[stream].rate


def stage_names(items: Sequence[Any]) -> tuple[str, ...]:
    """The names that transitions may use, before the stages themselves are read."""
    found = [item.get("name") if isinstance(item, dict) else None for item in items]
    names = tuple(name for name in found if isinstance(name, str))
    if not names or len(names) != len(found):
        raise Wrong("stages: there must be one, and each has a name")
    unique(names, "stages")
    return names


def read_stage(fields: Fields, names: Names) -> Stage:
    """One stage. Raises ``Wrong``."""
    name = fields.text("name")
    stream = fields.one_of("stream", [each.name for each in names.streams])
    ticks = names.ticks(stream)
    channels = names.streams[stream].channels
    rows = None
    if fields.has("logmel"):
        rows = _rows(fields.take("logmel"), fields.place("logmel"), channels)
    window = rows.span if rows else fields.integer("window", 1, SPAN // ticks)
    if window * ticks > SPAN:
        raise Wrong(f"{fields.where}: the window is longer than {SPAN} ticks")
    step = fields.integer("step", 1, SPAN // ticks, window)
    labels = _labels(fields, names)
    transition = _Transitions(fields, names.stages, name, step * ticks, window * ticks)
    miss = transition.read("on_miss")
    hit = transition.read("on_hit")
    limit = fields.integer("limit", 0, 1 << 31, 0)
    if (limit != 0) != fields.has("on_limit"):
        raise Wrong(f"{fields.where}: limit and on_limit belong together")
    return Stage(
        name=name,
        stream=stream,
        window=window,
        features=() if rows else _features(fields),
        settings={} if rows else _settings(fields),
        rows=rows,
        facts=() if rows else _facts(fields, names.facts),
        model=fields.text("model"),
        labels=labels,
        decided=_decided(fields, names, labels),
        threshold=fields.number("threshold", 0.0, 1.0, 0.5),
        limit=limit,
        hit=hit,
        miss=miss,
        last=transition.read("on_limit") if limit else hit,
    )


def _rows(value: Any, where: str, channels: int) -> LogMel:
    fields = Fields(value, where)
    if channels != 1:
        raise Wrong(f"{where} needs a stream of one channel")
    window = fields.integer("window", 4, 16384)
    hop = fields.integer("hop", 1, window)
    found = LogMel(fields.integer("rows", 1, ROWS), window, hop, fields.integer("mels", 1, window))
    fields.done()
    return found


def _features(fields: Fields) -> tuple[str, ...]:
    names = fields.items("features", FEATURES)
    if not all(isinstance(name, str) and 0 < len(name) <= 100 for name in names):
        raise Wrong(f"{fields.place('features')} must be names, each a text of 1 to 100 characters")
    return tuple(names)


def _settings(fields: Fields) -> dict[str, Any]:
    """Those of ``edgesdk.sensing.feature_tables`` that the description changes."""
    settings = Fields(fields.take("settings", {}), fields.place("settings"))
    found: dict[str, Any] = {
        key: settings.integer(key, 1, SPAN) for key in SETTINGS if settings.has(key)
    }
    for key in ("mel_zeros", "mfcc_zeros"):
        if settings.has(key):
            found[key] = bool(settings.integer(key, 0, 1))
    settings.done()
    return found


def _facts(fields: Fields, names: tuple[str, ...]) -> tuple[int, ...]:
    wanted = fields.items("facts", len(names), ())
    if not all(name in names for name in wanted):
        raise Wrong(f"{fields.place('facts')} must be among {', '.join(names) or 'none'}")
    if wanted != [name for name in names if name in wanted]:
        raise Wrong(f"{fields.place('facts')} must be in the order of the description's facts")
    return tuple(names.index(name) for name in wanted)


def _labels(fields: Fields, names: Names) -> tuple[int, ...]:
    """Labels of the model's outputs: -1 for one that nobody asks for."""
    wanted = fields.items("labels", OUTPUTS)
    if not wanted or not all(label is None or label in names.labels for label in wanted):
        raise Wrong(f"{fields.place('labels')} must be among {', '.join(names.labels)}, or null")
    return tuple(-1 if label is None else names.labels.index(label) for label in wanted)


def _decided(fields: Fields, names: Names, labels: tuple[int, ...]) -> int:
    """Which output decides between hit and miss: the one that has this label."""
    known = [names.labels[label] if label >= 0 else None for label in labels]
    default = next((name for name in known if name is not None), None)
    if default is None:
        raise Wrong(f"{fields.place('labels')} names none")
    return known.index(
        [name for name in known if name][fields.one_of("decides", [n for n in known if n], default)]
    )


class _Transitions:
    """Reads a stage's transitions. Without a word it goes on with the same stage, a step later."""

    def __init__(
        self, fields: Fields, stages: tuple[str, ...], own: str, step: int, window: int
    ) -> None:
        self._fields, self._stages, self._own = fields, stages, own
        self._advances = {"step": step, "window": window}

    def read(self, key: str) -> Transition:
        fields = Fields(self._fields.take(key, {}), self._fields.place(key))
        to = fields.one_of("next", self._stages, self._own)
        advance = fields.take("advance", "step")
        if isinstance(advance, str) and advance in self._advances:
            advance = self._advances[advance]
        if type(advance) is not int or not 0 <= advance <= SPAN:
            raise Wrong(f"{fields.place('advance')} must be ticks up to {SPAN}, step or window")
        fields.done()
        return Transition(to, advance)
