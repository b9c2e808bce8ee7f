"""What can be chosen for a decoder: how it is packed, and how it is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edgesdk.errors import UsageError
from edgesdk.option_values import Reader, one_of, read_options, whole

from .native import lib

BASE3, TWO_BIT = "base3", "two-bit"
FLOAT32, FLOAT16, INT8, INT4 = "float32", "float16", "int8", "int4"
AUTO = "auto"
PACKINGS = (AUTO, BASE3, TWO_BIT)
HEADS = (AUTO, INT8, INT4, FLOAT16, FLOAT32)
CACHES = (FLOAT16, INT8, FLOAT32)
FORMS = ("plain", "avx2", "avx512", "neon", "neon-dot")
MOST_THREADS = 256
MOST_CONTEXT = 1 << 22  # of a packed file


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


_RESCORE = whole(0, lib.EDGE_MOST_RESCORED)
_PACK: dict[str, Reader] = {
    "packing": one_of(*PACKINGS),
    "head": one_of(*HEADS),
    "rescore": _RESCORE,
}
# What an address may say of decoders alone.
OPENING: dict[str, Reader] = {
    "kv": one_of(*CACHES),
    "context": whole(0, MOST_CONTEXT),
    "rescore": _RESCORE,
    "form": one_of(*FORMS),
}


def pack_options(texts: Mapping[str, str]) -> PackOptions:
    """From options as text. Raises ``UsageError`` (EDGE-0209)."""
    return PackOptions(**read_options(texts, _PACK, "a decoder for the cpu", refused))


def refused(what: str, evidence: str) -> UsageError:
    """An option that is unknown, or cannot have its value."""
    return UsageError(what, evidence=evidence, code=9)
