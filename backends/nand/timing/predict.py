"""Answering ``edgesdk predict`` for a device with compute in its flash."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from edgesdk.predict import Assumption, Prediction, Published, Question, Use

from ..cost.energy import CONSTANTS
from ..design.chosen import Chosen, assumptions, chosen_design
from ..design.consistency import check_consistent
from ..design.design import Design
from ..design.parameters import PARAMETERS
from ..experts.fitting import fitted, held_bytes
from ..experts.policy import PREFIX as EXPERTS
from ..experts.policy import ExpertPolicy, read_policy
from ..mapping.capacity import check_capacity, dram_bytes, embedding_in_flash, model_pages
from ..workload.decoder import FULL, workload
from ..workload.workload import Workload
from .attention import SOFTMAX_OPERATIONS
from .cases import FASTER, Cases, Ranges
from .figures import figures
from .options import (
    KV,
    TERNARY,
    WEIGHTS,
    compiled_options,
    is_ternary,
    read_formats,
    with_preset,
)
from .phases import Phases
from .quantities import PRICE, WEAR, device_quantities

_Figures = Callable[[int], tuple[Published, ...]]


@dataclass(frozen=True)
class Asked:
    """A question whose options have been read."""

    question: Question
    chosen: Chosen
    workload: Workload
    policy: ExpertPolicy | None
    settings: Mapping[str, str]

    @property
    def longest(self) -> int:
        """Positions that the cache must hold."""
        return max((*self.question.contexts, *self.question.prompts))

    def check(self, design: Design) -> None:
        """Raises ``UsageError`` for a design that cannot be, or that the question does not fit."""
        check_consistent(design)
        check_capacity(design, self.workload, self.longest)
        if self.policy is not None:
            fitted(self.policy, self.workload, design, self.longest)


def predict_nand(question: Question) -> Prediction:
    """The answer. Raises ``UsageError`` and ``ModelRefused``: EDGE-02240 and 02241 for a model or a
    cache that does not fit, EDGE-02242 and 02243 for options, and what a design and a policy for
    experts raise.
    """
    asked = read_question(question)
    ranges = Ranges(asked.chosen, asked.check)
    cases = ranges.cases()
    phases = Phases(ranges, cases, asked.workload, asked.policy, _published(asked))
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
        tuple(_notes(asked, cases)),
        device_quantities(ranges),
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
    given = {key: PARAMETERS[key].shown(value) for key, value in chosen.given.items()}
    settings = {"preset": chosen.preset.name, WEIGHTS: weights, KV: kv, **experts, **given}
    return Asked(question, chosen, found, policy, settings)


def _published(asked: Asked) -> _Figures:
    shape, chosen, settings = asked.question.subject.shape, asked.chosen, asked.settings
    if chosen.changed or settings[WEIGHTS] != "w8a8":
        return lambda context: ()
    return lambda context: figures(shape, chosen.preset.name, context)


def _uses(asked: Asked) -> tuple[Use, ...]:
    design, found = asked.chosen.design, asked.workload
    experts = held_bytes(asked.policy, found) if asked.policy is not None else 0.0
    return (
        Use(
            "flash pages",
            model_pages(design, found),
            design.usable_pages,
            "all weights as tiles, without the embedding; bad and spare blocks left out",
        ),
        Use(
            "DRAM bytes",
            dram_bytes(design, found, asked.longest) + experts,
            design.dram_gb * 1e9,
            f"keys and values of {asked.longest} positions"
            + ("" if embedding_in_flash(design, found, asked.longest) else ", the embedding")
            + (", experts" if experts else ""),
        ),
    )


def _rules() -> tuple[Assumption, ...]:
    """What the schedule supposes beside the numbers of a design; docs/nand-timing.md says why."""
    return (
        Assumption(
            "inputs of the cores", "once for each round", "derived; worst case: for every slot"
        ),
        Assumption(
            "start-up of a stage", "not counted", "chosen: published rates leave no room for it"
        ),
        Assumption(
            "commands and results of a slot",
            "of every die",
            "the paper: one request spans all cores of all channels",
        ),
        Assumption("spare bytes of ordinary pages", "not sent", "assumed: not published"),
        Assumption(
            "operations of a score in softmax", str(SOFTMAX_OPERATIONS), "assumed: not published"
        ),
        Assumption("norms, rotations, activations", "beside the flash", "assumed: not published"),
    )


def _notes(asked: Asked, cases: Cases) -> Iterator[str]:
    yield "every number is modelled: nobody sells such a device"
    yield from cases.notes
    bands = {key: asked.chosen.band(key) for key in PARAMETERS}
    counted = {*FASTER, *CONSTANTS, *WEAR, *PRICE}
    if still := [
        key for key, (low, _, high) in bands.items() if low != high and key not in counted
    ]:
        yield f"ranges that no case moves: {', '.join(still)}"
    if asked.question.prompts:
        yield "no paper evaluates prompts on such a device: nothing stands beside those"
        if asked.policy is not None:
            yield "options of experts are about decoding: a prompt reads them from flash"
    yield from _model_notes(asked)


def _model_notes(asked: Asked) -> Iterator[str]:
    """What is taken otherwise than the model, or its bundle, has it."""
    weights, subject = asked.settings[WEIGHTS], asked.question.subject
    compiled = compiled_options(asked.question).get(WEIGHTS, weights)
    if weights != compiled:
        yield f"weights={weights}: the bundle was compiled with weights={compiled}"
    if weights == TERNARY and not is_ternary(subject):
        yield "weights=ternary: as if the model had been trained with ternary weights; it was not"
    if 0 < subject.shape.window < asked.longest:
        yield (
            f"attention is counted over all {asked.longest} positions; the model's sliding window "
            f"of {subject.shape.window} reads fewer"
        )
    if embedding_in_flash(asked.chosen.design, asked.workload, asked.longest):
        yield (
            "the embedding, as float16, has no room in DRAM beside the cache: each token reads its "
            "row from flash, one page, which is not counted; emu:nand keeps it in DRAM"
        )
    if asked.settings[KV] == FULL:
        yield "kv=full: keys and values as wide as the queries, as the paper counts them"
