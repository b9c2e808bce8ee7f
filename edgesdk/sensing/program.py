"""Writes sensing programs: a description, its models and their tables as one flat binary.

``docs/sensing-program.md`` is the specification of the format; the records are the structs of
``firmware/lib/sensing/program.h``.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..bundle.strict_json import canonical
from ..errors import DoesNotFit
from ..native import ffi, lib
from .description import Description, read
from .fronts import front_of
from .models import Aligned, Model, refused
from .post_processing import Smooth

MAGIC = b"EDSP"
HEADER, SECTIONS, INTERFACE = 64, 9, 7
LARGEST = (1 << 32) - 1  # bytes
STATUS = {
    value: name.removeprefix("EDGE_SENSING_").lower().replace("_", " ")
    for value, name in ffi.typeof("enum edge_sensing_status").elements.items()
}


@dataclass(frozen=True)
class Program:
    """A sensing program. ``arena``: the bytes of RAM that it needs beside the engine's own state,
    exactly: buffers of the streams, rows and histories, and the scratch of the largest stage."""

    content: bytes
    arena: int
    description: Description

    @property
    def digest(self) -> str:
        """SHA-256 of the content, lower-case hex."""
        return hashlib.sha256(self.content).hexdigest()


def build(description: Description, models: Mapping[str, Model]) -> Program:
    """The program of a description.

    Raises ``DoesNotFit`` (EDGE-0972, 0973, and those of the front ends).
    """
    missing = {stage.model for stage in description.stages} - set(models)
    if missing:
        raise refused(f"no model was given for {', '.join(sorted(missing))}")
    writer = _Writer(description, models)
    needs = measure(writer.encode([1] * len(description.streams)))
    frames = [int(needs.frames[i]) for i in range(len(description.streams))]
    capacities = [n + s.buffer for n, s in zip(frames, description.streams, strict=True)]
    arena = int(measure(writer.encode(capacities)).arena)
    if arena > LARGEST:
        raise _program_refused(f"it needs {arena} bytes of RAM")
    return Program(writer.encode(capacities, arena), arena, description)


def load(content: bytes) -> Program:
    """A program from its bytes. Raises ``DoesNotFit`` (EDGE-0973), ``ModelRefused`` (EDGE-0204)."""
    measure(content)
    arena, *sizes = struct.unpack_from(f"<{1 + SECTIONS}I", content, 12)
    at = HEADER + sum(size + -size % 16 for size in sizes[:INTERFACE])
    document = content[at : at + sizes[INTERFACE]]
    return Program(content, arena, read(document))


def measure(content: bytes) -> Any:
    """``struct edge_sensing_needs`` of a program. Raises ``DoesNotFit`` (EDGE-0973)."""
    work, program = Aligned(lib.edge_sensing_bytes()), Aligned(content)
    needs, where = ffi.new("struct edge_sensing_needs *"), ffi.new("uint32_t *")
    sensing = ffi.cast("struct edge_sensing *", work.pointer)
    status = lib.edge_sensing_measure(sensing, program.pointer, len(content), needs, where)
    check(status, where[0])
    return needs


def check(status: int, where: int) -> None:
    """Raise ``DoesNotFit`` (EDGE-0973) unless the engine accepts a program."""
    if status != lib.EDGE_SENSING_OK:
        raise _program_refused(f"{STATUS[status]}, record {where}")


def _program_refused(evidence: str) -> DoesNotFit:
    return DoesNotFit(
        "The sensing engine refuses the program",
        evidence=evidence,
        next_step="Build the program again with this version of edgesdk",
        code=73,
    )


class _Writer:
    """Collects the sections. A part that two stages share is there once."""

    def __init__(self, description: Description, models: Mapping[str, Model]) -> None:
        self._description = description
        self._parts: dict[tuple[int, bytes], int] = {}
        self._features: list[dict[str, Any]] = []
        self._labels: list[int] = []
        self._stages = [self._stage(index, models) for index in range(len(description.stages))]

    def _part(self, kind: int, content: bytes) -> int:
        return self._parts.setdefault((kind, content), len(self._parts))

    def _stage(self, index: int, models: Mapping[str, Model]) -> dict[str, Any]:
        stage = self._description.stages[index]
        stream = self._description.streams[stage.stream]
        model = models[stage.model]
        front = front_of(stage, stream, model)
        kind = lib.EDGE_PART_LOGMEL if stage.rows else lib.EDGE_PART_FEATURES
        record = {
            "stream": stage.stream,
            "input": lib.EDGE_INPUT_LOGMEL if stage.rows else lib.EDGE_INPUT_FEATURES,
            "window": stage.window,
            "rows": stage.rows.rows if stage.rows else 0,
            "front": self._part(kind, front.part),
            "first_feature": len(self._features),
            "feature_count": len(front.features),
            "facts": sum(1 << fact for fact in stage.facts),
            "model": self._part(model.kind, model.content),
            "first_label": len(self._labels),
            "output_count": len(stage.labels),
            "decided": stage.decided,
            "threshold": model.threshold(stage.threshold),
            "limit": stage.limit,
            "hit": {"next": stage.hit.next, "advance": stage.hit.advance},
            "miss": {"next": stage.miss.next, "advance": stage.miss.advance},
            "last": {"next": stage.last.next, "advance": stage.last.advance},
            "link": model.link,
            "scale": model.scale,
            "zero": model.zero,
        }
        self._features += front.features
        self._labels += stage.labels
        return record

    def encode(self, capacities: list[int], arena: int = 0) -> bytes:
        """The program with buffers of so many frames."""
        facts = [
            {"low": f.low, "high": f.high, "first": f.default} for f in self._description.facts
        ]
        sections = [
            _records("edge_stream_record", self._streams(capacities)),
            _records("edge_stage_record", self._stages),
            _records("edge_fact_record", facts),
            _records("edge_feature", self._features),
            struct.pack(f"<{len(self._labels)}i", *self._labels),
            _records("edge_post_record", self._posts()),
            b"".join(struct.pack("<2I", kind, len(part)) for kind, part in self._parts),
            canonical(self._description.document),
            b"".join(_padded(part) for _, part in self._parts),
        ]
        body = b"".join(map(_padded, sections))
        sizes = [len(section) for section in sections]
        if HEADER + len(body) > LARGEST:
            raise _program_refused(f"it has {HEADER + len(body)} bytes")
        numbers = (lib.EDGE_PROGRAM_FORMAT, HEADER + len(body), arena & LARGEST, *sizes, 0, 0, 0)
        return MAGIC + struct.pack("<15I", *numbers) + body

    def _streams(self, capacities: list[int]) -> Iterable[dict[str, int]]:
        for index, stream in enumerate(self._description.streams):
            yield {
                "ticks": self._description.ticks(index),
                "channels": stream.channels,
                "capacity": capacities[index],
                "constant": stream.constant,
                "meter": stream.rate,
            }

    def _posts(self) -> Iterable[dict[str, Any]]:
        for post in self._description.posts:
            values = _smooth(post) if isinstance(post, Smooth) else self._cough(post)
            kind = lib.EDGE_POST_SMOOTH if isinstance(post, Smooth) else lib.EDGE_POST_COUGH
            yield {"kind": kind, "stage": post.stage, "values": values}

    def _cough(self, post: Any) -> list[int]:
        window = self._description.stages[post.stage].window
        settings = {**post.constants, "label": post.label, "window": window}
        return _values("edge_cough_settings", settings)


def _smooth(post: Smooth) -> list[int]:
    settings = {
        "windows": post.windows,
        "on": max(1, round(post.on * 32768)),
        "off": round(post.off * 32768),
        "shortest": post.shortest,
    }
    return _values("edge_smooth", settings)


def _values(name: str, settings: Mapping[str, int]) -> list[int]:
    content = bytes(ffi.buffer(ffi.new(f"struct {name} *", dict(settings))))
    return list(struct.unpack(f"<{len(content) // 4}i", content))


def _records(name: str, records: Iterable[Mapping[str, Any]]) -> bytes:
    made = (ffi.new(f"struct {name} *", dict(record)) for record in records)
    return b"".join(bytes(ffi.buffer(record)) for record in made)


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 16)
