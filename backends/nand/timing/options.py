"""What a question says beside the keys of a design: its preset, weights, width of the cache."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edgesdk.errors import UsageError
from edgesdk.nearest import near_it
from edgesdk.option_values import Reader, one_of, read_options
from edgesdk.predict import Question
from edgesdk.predict.model import Subject

from ..design.design import TARGETS
from ..design.parameters import PARAMETERS
from ..design.preset import read_preset
from ..experts.policy import READERS as EXPERT_READERS
from ..quantise.shape import CACHE_BYTES
from ..workload.decoder import FORMATS, FULL, GROUPED

WEIGHTS, KV = "weights", "kv"
TERNARY, USUAL = "ternary", "w8a8"

READERS: dict[str, Reader] = {
    WEIGHTS: one_of(*FORMATS),
    KV: one_of(GROUPED, FULL),
}


def read_formats(options: Mapping[str, str], ternary: bool) -> tuple[str, str]:
    """``weights`` and ``kv``, with what is usual where they are not given.

    Raises ``UsageError`` (EDGE-02242) for any other option, or a value that one cannot take.
    """
    for key in options:
        if key not in READERS:
            raise _unknown(key)
    return formats_of(read_options(options, READERS, "a prediction for flash", _refused), ternary)


def formats_of(values: Mapping[str, Any], ternary: bool) -> tuple[str, str]:
    """The same of values that ``READERS`` read."""
    usual = TERNARY if ternary else USUAL
    return str(values.get(WEIGHTS, usual)), str(values.get(KV, GROUPED))


def with_preset(question: Question) -> dict[str, str]:
    """The options with the target's preset, which they may name as a file, and the width of a
    bundle's own cache."""
    name = question.target.removeprefix(TARGETS)
    cache = CACHE_BYTES.get(_compiled(question.subject).get("cache", ""))
    options = {**({"cache_bytes": str(cache)} if cache else {}), **question.options}
    given = options.setdefault("preset", name)
    if name != given and name != read_preset(given).name:
        raise UsageError(
            f"The target {question.target[:80]} and the preset {given[:80]!r} are two devices",
            evidence="a target names the preset behind its colon",
            next_step=f"Leave preset out, or predict for the target {TARGETS}NAME of that preset",
            code=243,
        )
    return options


def compiled_options(question: Question) -> dict[str, str]:
    """How a bundle for flash was compiled, as far as it changes how fast it is."""
    given = _compiled(question.subject).get(WEIGHTS)
    return {WEIGHTS: given} if given else {}


def _compiled(subject: Subject) -> Mapping[str, str]:
    """How a bundle for flash was compiled; empty where it is none."""
    return (subject.options or {}) if subject.target.startswith(TARGETS) else {}


def is_ternary(subject: Subject) -> bool:
    """Whether the linear layers are known to be."""
    return subject.ternary is True


def _unknown(key: str) -> UsageError:
    """Most options are keys of a design, so the nearest of all is shown."""
    known = sorted({*READERS, *PARAMETERS, *EXPERT_READERS, "preset"})
    why = near_it(key, known, f"beside keys of a design: {', '.join(READERS)}")
    return _refused(f"A prediction for flash has no option {key[:40]!r}", why)


def _refused(what: str, evidence: str) -> UsageError:
    return UsageError(
        what,
        evidence=evidence,
        next_step="docs/nand-timing.md has the options, docs/nand-design.md the keys of a design",
        code=242,
    )
