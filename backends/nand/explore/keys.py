"""What may be swept: keys of a design, presets, options of a prediction, the context."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgesdk.errors import UsageError
from edgesdk.explore import Axis
from edgesdk.nearest import near_it
from edgesdk.option_values import Reader, whole
from edgesdk.predict import Question

from ..design.chosen import read_keys
from ..design.parameters import PARAMETERS
from ..design.preset import read_preset
from ..experts.policy import PREFIX, read_values
from ..experts.policy import READERS as EXPERT_READERS
from ..timing.options import KV, WEIGHTS, compiled_options, is_ternary, read_formats, with_preset
from ..timing.options import READERS as PREDICTION_READERS

CONTEXT, PRESET = "context", "preset"


@dataclass(frozen=True)
class ReadAxis:
    """An axis whose texts have been read, so that a sweep looks them up."""

    key: str
    values: Mapping[str, Any]


def read_shared(question: Question) -> dict[str, Any]:
    """What all designs share, by key: the preset's design, keys of a design that were given,
    options of a prediction, the context.

    The design is not looked at as a whole: an axis may resolve what contradicts itself. Raises what
    ``chosen_design`` and ``read_formats`` raise for a preset, a value or an option.
    """
    options = with_preset(question)
    preset = read_preset(options.pop(PRESET))
    given = _taken(options, PARAMETERS)
    experts = _taken(options, [key for key in options if key.startswith(PREFIX)])
    formats = {**compiled_options(question), **options}
    weights, kv = read_formats(formats, is_ternary(question.subject))
    return {
        PRESET: preset.design,
        CONTEXT: question.contexts[0],
        **read_keys(given, preset),
        **read_values(experts),
        WEIGHTS: weights,
        KV: kv,
    }


def _taken(options: dict[str, str], keys: Iterable[str]) -> dict[str, str]:
    return {key: options.pop(key) for key in keys if key in options}


def read_axes(
    axes: Sequence[Axis], options: Mapping[str, str], context: int
) -> tuple[ReadAxis, ...]:
    """The axes with their values. ``options``: that were given; ``context``: of the model.

    Raises ``UsageError``: EDGE-02253 for a key that is not known, a value that it cannot have, or a
    key that is set for all designs as well; and what reading a preset raises.
    """
    readers = _readers(context)
    for axis in axes:
        if axis.key not in readers:
            raise _unknown(axis.key, list(readers))
        if axis.key in options and axis.key != PRESET:
            raise _refused(
                f"{axis.key} is set and swept",
                f"it is {options[axis.key][:40]!r} for all designs",
                "Leave one of the two out",
            )
    return tuple(ReadAxis(axis.key, _values(axis, readers[axis.key])) for axis in axes)


def _readers(context: int) -> dict[str, Reader]:
    designs = {key: parameter.read for key, parameter in PARAMETERS.items()}
    own: dict[str, Reader] = {
        PRESET: lambda text: read_preset(text).design,
        CONTEXT: whole(1, max(context - 1, 1)),
    }
    return {**own, **PREDICTION_READERS, **EXPERT_READERS, **designs}


def _values(axis: Axis, read: Reader) -> dict[str, Any]:
    found: dict[str, Any] = {}
    texts: dict[tuple[type, Any], str] = {}  # 8 and 8.0 may be two things, 8 and 08 are one
    for text in axis.values:
        try:
            value = found[text] = read(text)
        except ValueError as error:
            raise _refused(
                f"{axis.key} cannot be {text[:40]!r}", str(error), _where(axis.key)
            ) from None
        same = texts.setdefault((type(value), value), text)
        if same is not text:
            raise _refused(
                f"{axis.key} has one value twice", f"{same[:40]} and {text[:40]}", "Leave one out"
            )
    return found


def _where(key: str) -> str:
    if key in PARAMETERS:
        return "docs/nand-design.md has ranges"
    return "docs/nand-explore.md lists what else can be swept, and its values"


def _unknown(key: str, known: Sequence[str]) -> UsageError:
    return _refused(
        f"Nothing of a design is called {key!r}",
        near_it(key, known, f"known: {', '.join(sorted(known))}"),
        "docs/nand-design.md lists the keys of a design, docs/nand-explore.md the others",
    )


def _refused(what: str, why: str, next_step: str) -> UsageError:
    return UsageError(what, evidence=why, next_step=next_step, code=253)
