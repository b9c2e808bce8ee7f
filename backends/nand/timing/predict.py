"""Answering ``edgesdk predict`` for a device with compute in its flash."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgesdk.predict import Assumption, Prediction, Published, Question, Use

from ..cost.wear import usable_pages
from ..design.options import Chosen, assumptions, chosen_design
from ..design.parameters import PARAMETERS
from ..experts.policy import PREFIX as EXPERTS
from ..experts.policy import ExpertPolicy, read_policy
from ..experts.room import fitted
from ..workload.decoder import workload
from ..workload.workload import Workload
from .attention import SOFTMAX_OPERATIONS
from .capacity import cache_bytes, check_capacity, model_pages
from .cases import unknown
from .figures import figures
from .options import (
    KV,
    TARGETS,
    WEIGHTS,
    compiled_options,
    is_ternary,
    read_formats,
    with_preset,
)
from .phases import Phases
from .quantities import device_quantities

if TYPE_CHECKING:
    from edgesdk.address import Address

_Figures = Callable[[int], tuple[Published, ...]]
# What an address says of a device and its cells, which its speed does not depend on.
DEVICE_ONLY = ("context", "threads", "results", "name", "state", "fault")


@dataclass(frozen=True)
class Asked:
    """A question whose options have been read."""

    question: Question
    chosen: Chosen
    workload: Workload
    policy: ExpertPolicy | None
    settings: Mapping[str, str]


def predict_nand(question: Question) -> Prediction:
    """The answer. Raises ``UsageError`` and ``ModelRefused``: EDGE-02240 and 02241 for a model or a
    cache that does not fit, EDGE-02242 and 02243 for options, and what a design and a policy for
    experts raise.
    """
    asked = read_question(question)
    phases = Phases(asked.chosen, asked.workload, asked.policy, _published(asked))
    return Prediction(
        question.subject.name,
        question.target,
        asked.settings,
        (
            *(phases.decode(context) for context in question.contexts),
            *(phases.prompt(tokens) for tokens in question.prompts),
        ),
        (*assumptions(asked.chosen), *_rules()),
        _uses(asked),
        _notes(asked),
        device_quantities(asked.chosen.design),
    )


def read_question(question: Question) -> Asked:
    """Read the options, and check that the model and its cache fit."""
    chosen = chosen_design(with_preset(question))
    subject = question.subject
    experts = {key: text for key, text in chosen.rest.items() if key.startswith(EXPERTS)}
    own = {key: text for key, text in chosen.rest.items() if key not in experts}
    weights, kv = read_formats({**compiled_options(question), **own}, is_ternary(subject))
    found = workload(subject.shape, weights=weights, kv=kv)
    longest = max((*question.contexts, *question.prompts))
    check_capacity(chosen.design, found, longest)
    policy = read_policy(experts)
    if policy is not None:
        policy = fitted(policy, found, chosen.design, longest)
    changed = {key: PARAMETERS[key].shown(value) for key, value in chosen.changed.items()}
    settings = {"preset": chosen.preset.name, WEIGHTS: weights, KV: kv, **experts, **changed}
    return Asked(question, chosen, found, policy, settings)


def prediction_target(address: Address) -> tuple[str, Mapping[str, str]]:
    """What an address of ``emu:nand`` says of a prediction: the target, and its options.

    What it says of cells and of the emulator is left out. Raises what ``chosen_design`` raises.
    """
    from ..reliability.options import OPTIONS

    dropped = {*DEVICE_ONLY, *OPTIONS}
    options = {key: text for key, text in address.options.items() if key not in dropped}
    chosen = chosen_design({"preset": options["preset"]} if "preset" in options else {})
    options.setdefault("preset", chosen.preset.name)
    return f"{TARGETS}{chosen.preset.name}", options


def _published(asked: Asked) -> _Figures:
    shape, chosen, settings = asked.question.subject.shape, asked.chosen, asked.settings
    if chosen.changed or settings[WEIGHTS] != "w8a8":
        return lambda context: ()
    return lambda context: figures(shape, chosen.preset.name, context)


def _uses(asked: Asked) -> tuple[Use, ...]:
    design, found = asked.chosen.design, asked.workload
    longest = max((*asked.question.contexts, *asked.question.prompts))
    return (
        Use(
            "flash pages",
            model_pages(design, found),
            usable_pages(design),
            "all weights as tiles, without the embedding; bad and spare blocks left out",
        ),
        Use(
            "DRAM bytes",
            cache_bytes(design, found, longest),
            design.dram_gb * 1e9,
            f"keys and values of {longest} positions",
        ),
    )


def _rules() -> tuple[Assumption, ...]:
    """What the schedule supposes beside the numbers of a design; docs/nand-timing.md says why."""
    return (
        Assumption(
            "inputs of the cores", "once for each round", "derived; worst case: for every slot"
        ),
        Assumption(
            "start-up of a stage", "not counted", "derived: published rates leave no room for it"
        ),
        Assumption("spare bytes of ordinary pages", "not sent", "assumed: not published"),
        Assumption(
            "operations of a score in softmax", str(SOFTMAX_OPERATIONS), "assumed: not published"
        ),
        Assumption("norms, rotations, activations", "beside the flash", "assumed: not published"),
    )


def _notes(asked: Asked) -> tuple[str, ...]:
    found = ["every number is modelled: nobody sells such a device"]
    if moved := unknown(asked.chosen):
        found.append(f"best and worst move what is not known: {', '.join(moved)}")
    if asked.question.prompts:
        found.append("no paper evaluates prompts on such a device: nothing stands beside those")
        if asked.policy is not None:
            found.append("options of experts are about decoding: a prompt reads them from flash")
    window = asked.question.subject.shape.window
    longest = max((*asked.question.contexts, *asked.question.prompts))
    if 0 < window < longest:
        found.append(
            f"attention is counted over all {longest} positions; the model's sliding window of "
            f"{window} reads fewer"
        )
    if asked.settings[KV] == "full":
        found.append("kv=full: keys and values as wide as the queries, as the paper counts them")
    return tuple(found)
