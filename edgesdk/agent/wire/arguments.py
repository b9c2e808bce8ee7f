"""The arguments of each call: what the host sends is these and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...bundle import Part
from ...decoder.sampling import Sampling
from .arrays import ArrayHead


@dataclass(frozen=True)
class Nothing:
    """A call without arguments."""


@dataclass(frozen=True)
class Connect:
    """``connect``: a device's address on the board."""

    address: str


@dataclass(frozen=True)
class OfPart:
    """``wants`` and ``stage``."""

    part: Part


@dataclass(frozen=True)
class Content:
    """``have`` and ``open_bundle``: a content by its SHA-256 (hex) and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Upload:
    """``upload``: the content's next bytes, which begin at ``offset``, are the request's blob."""

    sha256: str
    size: int
    offset: int


@dataclass(frozen=True)
class Named:
    """``rollback`` and ``open``: a model."""

    name: str


@dataclass(frozen=True)
class Key:
    """``trust`` and ``distrust``: 32 bytes, Ed25519."""

    key: bytes


@dataclass(frozen=True)
class OfSession:
    """``figures``, ``close``, ``finish``, ``decisions``, ``status``."""

    session: int


@dataclass(frozen=True)
class Run:
    """``run``; the arrays' contents are the request's blobs."""

    session: int
    inputs: tuple[ArrayHead, ...]


@dataclass(frozen=True)
class Bench:
    """``bench``: as ``edgesdk.bench.measure_here``; blobs as for ``run``."""

    session: int
    inputs: tuple[ArrayHead, ...]
    warmup: int
    runs: int
    seconds: float


@dataclass(frozen=True)
class Prefill:
    """``prefill``; the tokens are the request's blob, int32."""

    session: int
    every: bool = False


@dataclass(frozen=True)
class Decode:
    """``decode``."""

    session: int
    token: int


@dataclass(frozen=True)
class Rewind:
    """``rewind``."""

    session: int
    length: int


@dataclass(frozen=True)
class Write:
    """``write``: as ``edgesdk.decoder.writing.Wanted``; the prompt is the request's blob, int32."""

    session: int
    sampling: Sampling
    maximum: int
    ends: frozenset[int]
    top: int | None = None


@dataclass(frozen=True)
class Start:
    """``start`` of a sensing program."""

    session: int
    facts: Mapping[str, int]
    first_tick: int


@dataclass(frozen=True)
class Feed:
    """``feed`` of a sensing program; the arrays' contents are the request's blobs."""

    session: int
    inputs: tuple[ArrayHead, ...]
    wait: bool = True
