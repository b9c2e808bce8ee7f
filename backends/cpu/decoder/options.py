"""What can be chosen for a decoder: how it is packed, and how it is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edgesdk.errors import UsageError

from .native import lib

BASE3, TWO_BIT = "base3", "two-bit"
FLOAT32, FLOAT16, INT8, INT4 = "float32", "float16", "int8", "int4"
AUTO = "auto"
PACKINGS = (AUTO, BASE3, TWO_BIT)
HEADS = (AUTO, INT8, INT4, FLOAT16, FLOAT32)
CACHES = (FLOAT16, INT8, FLOAT32)
FORMS = ("plain", "avx2", "avx512", "neon", "neon-dot")
MOST_THREADS = 256
_NOT_A_NUMBER = -1


@dataclass(frozen=True)
class PackOptions:
    """How a model is packed.

    ``packing``: of ternary weights, 1.6 or 2 bits each; auto takes what this machine runs faster.
    ``head``: precision of the output layer; auto is int8, or float32 where it is small.
    ``rescore``: how many of the largest logits of a quantised head are computed again from float
    rows.
    """

    packing: str = AUTO
    head: str = AUTO
    rescore: int = 0

    def __post_init__(self) -> None:
        _choice("packing", self.packing, PACKINGS)
        _choice("head", self.head, HEADS)
        _within("rescore", self.rescore, 0, lib.EDGE_MOST_RESCORED)


@dataclass(frozen=True)
class OpenOptions:
    """How a packed model is opened.

    ``cache``: precision of keys and values. ``context``: positions of the cache, 0 for all that the
    model was trained for, or as many as fit into memory. ``threads``: 0 for one on each processor
    that this process may use, fewer for a small model.
    ``rescore``: as packed, where None. ``form``: of the kernels, the fastest one where empty.
    """

    cache: str = FLOAT16
    context: int = 0
    threads: int = 0
    rescore: int | None = None
    form: str = ""

    def __post_init__(self) -> None:
        _choice("kv", self.cache, CACHES)
        _choice("form", self.form, ("", *FORMS))
        _within("context", self.context, 0, 1 << 32)
        _within("threads", self.threads, 0, MOST_THREADS)
        _within("rescore", self.rescore or 0, 0, lib.EDGE_MOST_RESCORED)


def pack_options(texts: Mapping[str, str]) -> PackOptions:
    """From ``packing``, ``head`` and ``rescore`` as text. Raises ``UsageError`` (EDGE-02135)."""
    return PackOptions(
        packing=texts.get("packing", AUTO),
        head=texts.get("head", AUTO),
        rescore=_number(texts.get("rescore", "0")),
    )


def open_options(texts: Mapping[str, str]) -> OpenOptions:
    """From ``kv``, ``context``, ``threads``, ``rescore`` and ``form`` as text. Raises as above."""
    return OpenOptions(
        cache=texts.get("kv", FLOAT16),
        context=_number(texts.get("context", "0")),
        threads=_number(texts.get("threads", "0")),
        rescore=_number(texts["rescore"]) if "rescore" in texts else None,
        form=texts.get("form", ""),
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else _NOT_A_NUMBER


def _choice(option: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        known = ", ".join(choice for choice in choices if choice)
        raise UsageError(f"{option} must be one of {known}, not {value[:40]!r}", code=135)


def _within(option: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise UsageError(f"{option} must be a whole number from {least} to {most}", code=135)
