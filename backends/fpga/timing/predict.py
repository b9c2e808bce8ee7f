"""Answering ``edgesdk predict`` for the FPGA."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from edgesdk.decoder.config import DecoderConfig
from edgesdk.errors import ModelRefused, UsageError
from edgesdk.option_values import only_known
from edgesdk.predict import DECODE, PREFILL, Prediction, Question, Use
from edgesdk.predict.model import Subject

from ..boards import DEFAULT, PREFIX, read_board
from . import loaded, streaming
from .area import SHARE
from .design import Loaded, Streaming
from .phases import Phases
from .profile import Profile, read_profile
from .resources import uses
from .work import cache_bytes, head_bytes

_OPTIONS = {"clock": "clock_mhz", "head": "head"}  # and the constants that they change
_SHOWN = ("clock_mhz", "ports", "head")
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def predict_fpga(question: Question) -> Prediction:
    """The answer. Raises ``UsageError`` (EDGE-0209, EDGE-02182, EDGE-02195 to 02198), and
    ``ModelRefused``."""
    usual = {"profile": read_board(question.target.removeprefix(PREFIX)).profile}
    subject = question.subject
    profile = chosen_profile({**usual, **question.options}, _compiled(subject))
    config = check_fits(profile, subject)
    _check_lengths(profile, subject.name, config, (*question.prompts, *question.contexts))
    phases = Phases(profile, config)
    design = profile.at("expected")
    taken = uses(design) if isinstance(design, Streaming) else ()
    settings = {key: _shown(profile, key) for key in _SHOWN if key in profile.entries}
    return Prediction(
        subject.name,
        question.target,
        {"profile": profile.name, **settings},
        (
            *(phases.phase(DECODE, at) for at in question.contexts),
            *(phases.phase(PREFILL, at) for at in question.prompts),
        ),
        profile.assumptions(),
        taken,
        (*_notes(profile), *_too_large(taken)),
    )


def _shown(profile: Profile, key: str) -> str:
    value = profile.entries[key].values[1]
    return f"{value:g}" if isinstance(value, float) else str(value)


def _compiled(subject: Subject) -> dict[str, str]:
    """How a bundle was compiled, as far as it changes how fast it is."""
    given = (subject.options or {}) if subject.target.startswith(PREFIX) else {}
    found = {key: given[key] for key in ("clock", "head") if given.get(key)}
    if found.get("clock") in ("0", "0.0"):  # whatever the bitstream says
        del found["clock"]
    return found


def chosen_profile(
    options: Mapping[str, str], compiled: Mapping[str, str] | None = None
) -> Profile:
    """The profile that the options name, with what they change.

    ``compiled`` says how a bundle for our own design was made; no other design takes that.
    """
    known = ("profile", *_OPTIONS)
    only_known(options, known, "A prediction for the FPGA")
    profile = read_profile(options.get("profile") or read_board(DEFAULT).profile)
    given = {**(compiled or {}), **options} if profile.design == "streaming" else options
    try:
        for option, key in _OPTIONS.items():
            if option in given:
                profile = profile.with_value(key, _value(option, given[option]), name=option)
    except ValueError as error:
        raise UsageError(
            "An option of the prediction cannot be used",
            evidence=str(error)[:200],
            next_step="For example: --option clock=200 --option head=host",
            code=196,
        ) from None
    return profile


def _value(option: str, text: str) -> float | str:
    if option == "head":
        return text
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{option} is {text[:40]!r}, and takes a number such as 200 or 187.5")
    return float(text)


def check_fits(profile: Profile, subject: Subject) -> DecoderConfig:
    """The model's configuration. Raises ``ModelRefused`` (EDGE-02197) for a model that the design
    cannot run at all."""
    found = misfits(profile.at("expected"), subject)
    if found or subject.config is None:
        raise ModelRefused(
            f"The FPGA design {profile.name} cannot run {subject.name}",
            evidence="; ".join(found),
            next_step="Predict a ternary model within the design's sizes, or with another profile",
            code=197,
        )
    return subject.config


def misfits(design: Any, subject: Subject) -> list[str]:
    """Every reason why not."""
    config = subject.config
    ternary = subject.ternary is not False  # or nobody has said
    found = [] if ternary else ["its linear layers are floats, not ternary"]
    if config is None:
        return [*found, subject.no_config]
    if isinstance(design, Streaming):
        return found + streaming.misfits(design, config)
    return found + loaded.misfits(design, config)


def _check_lengths(
    profile: Profile, name: str, config: DecoderConfig, lengths: tuple[int, ...]
) -> None:
    """``lengths``: positions of the cache. Raise ``UsageError`` (EDGE-02198) for too many."""
    design, longest = profile.at("expected"), max(lengths)
    why = ""
    if isinstance(design, Loaded) and longest > design.most_context:
        why = f"it ends at {design.most_context}"
    needed, memory = memory_bytes(design, config, longest), design.memory_gib * 2**30
    if needed > memory:
        why = f"that takes {needed / 1e9:.2f} GB of memory, and the board has {memory / 1e9:.2f} GB"
    if why:
        raise UsageError(
            f"The FPGA design {profile.name} has no room for {longest} tokens of {name}",
            evidence=why,
            next_step="Ask for fewer: --prompt, --context",
            code=198,
        )


def memory_bytes(design: Streaming | Loaded, config: DecoderConfig, positions: int) -> int:
    """What weights, head and a cache of so many positions take at the least."""
    if isinstance(design, Streaming):
        weights = streaming.layout_bytes(design, config)
    else:
        weights = loaded.layout_bytes(design, config)
    return weights + head_bytes(config) + cache_bytes(config, positions)


def _notes(profile: Profile) -> tuple[str, ...]:
    if profile.design != "streaming":
        return (f"a design of others: {profile.about}",)
    return (
        "every number is modelled: no bitstream of this design has been built, and nobody has "
        "closed the timing at this clock",
    )


def _too_large(taken: tuple[Use, ...]) -> tuple[str, ...]:
    """What the design takes too much of."""
    found = [f"{use.resource} {use.share:.0%}" for use in taken if not use.fits]
    return (f"the design takes more than {SHARE:.0%} of the part: {', '.join(found)}",) * bool(
        found
    )
