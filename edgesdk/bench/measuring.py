"""Measuring contenders: opened one after the other, asked the same, then run in turns by kind."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from ..errors import UsageError
from .agreement import Agreement, Answer, agreement
from .answers import answers, shared_tokens, with_logits
from .contender import Contender
from .device_figures import with_device_figures
from .figures import told
from .ready import Ready, make_ready
from .record import HERE, THERE, BenchRecord, Measured, describe_host
from .rounds import Tell, Times, rounds, timed
from .serving import told_by
from .times import compared, latency


def bench(
    contenders: Sequence[Contender],
    *,
    runs: int = 200,
    warmup: int = 10,
    seconds: float = 10.0,
    on_run: Tell | None = None,
) -> BenchRecord:
    """Measure contenders, and compare their answers.

    Those that this machine times run in turns: devices with devices, then emulators with emulators;
    then each that times itself. Each such group runs until ``runs`` rounds are done or ``seconds``
    have gone by, whichever is first, and at least one round. ``on_run`` is told (done, runs) of all
    groups together, 0 done while they warm up. Raises
    ``UsageError`` (EDGE-0233) for settings that measure nothing, and what the sessions raise.
    """
    _check(contenders, runs, warmup, seconds)
    tell = on_run or (lambda done, of: None)
    with ExitStack() as stack:
        opened: list[Ready] = []
        for contender in contenders:
            opened.append(make_ready(contender, opened[:1], stack, warmup, lambda: tell(0, runs)))
        agreements = _agreements(opened, seconds)
        times = _times(opened, runs, warmup, seconds, tell)
        results = tuple(map(_result, opened, times, agreements))
    settings = {
        "runs": max(map(len, times)),
        "warmup": warmup,
        "seconds": seconds,
        "interleaved": any(len(group) > 1 for group in _groups(opened)),
    }
    return BenchRecord(settings, results, describe_host(), compared(opened, times))


def _check(contenders: Sequence[Contender], runs: int, warmup: int, seconds: float) -> None:
    if not contenders or runs < 1 or warmup < 0 or not seconds > 0:
        raise UsageError(
            "A benchmark takes a model or more, at least one run and some time",
            evidence=f"{len(contenders)} models, {runs} runs, {warmup} to warm up, {seconds} s",
            next_step="Give 1 run or more, 0 or more to warm up, and more than 0 seconds",
            code=33,
        )


def _agreements(opened: Sequence[Ready], seconds: float) -> list[Agreement | None]:
    """Of each contender with the first; None for the first."""
    alike = [o for o in opened if o.comparable]
    answered = iter(_answered(alike, seconds) if len(alike) > 1 else [])
    reference = next(answered, [])
    found: list[Agreement | None] = [None]
    for o in opened[1:]:
        if not o.comparable:
            found.append(Agreement(0, 0, o.inputs))
            continue
        specs = (opened[0].session.outputs, o.session.outputs)
        found.append(agreement(reference, next(answered), specs, o.inputs))
    return found


def _answered(alike: Sequence[Ready], seconds: float) -> list[list[Answer]]:
    """What each answers to the same sets: as many as all had so many seconds for."""
    found: list[list[Answer]] = []
    count = len(alike[0].samples.sets)
    for o in alike:
        found.append(answers(o.session, o.samples.sets[:count], seconds))
        count = len(found[-1])
    found = [own[:count] for own in found]
    tokens = shared_tokens(found)
    return [
        with_logits(o.session, o.samples.sets[:count], own, tokens)
        for o, own in zip(alike, found, strict=True)
    ]


def _groups(opened: Sequence[Ready]) -> list[list[int]]:
    """What is timed one after the other; within a group contenders take turns.

    A real device takes none with emulators: they would leave it few runs and cold caches, and no
    ratio goes from one kind to the other. Those that time themselves come last, each alone.
    """
    here = [(index, o.contender.emulated) for index, o in enumerate(opened) if not o.elsewhere]
    kinds = [[index for index, kind in here if kind == emulated] for emulated in (False, True)]
    alone = [[index] for index, o in enumerate(opened) if o.elsewhere]
    return [group for group in (*kinds, *alone) if group]


def _times(
    opened: Sequence[Ready], runs: int, warmup: int, seconds: float, tell: Tell
) -> list[Times]:
    """The seconds of each contender's runs."""
    found: dict[int, Times] = {}
    groups = _groups(opened)
    for before, group in enumerate(groups):
        members = [opened[index] for index in group]

        def on_run(done: int, of: int, start: int = before * runs) -> None:
            tell(start + done, len(groups) * runs)

        found.update(zip(group, _in_turns(members, runs, warmup, seconds, on_run), strict=True))
    return [found[index] for index in range(len(opened))]


def _in_turns(
    group: Sequence[Ready], runs: int, warmup: int, seconds: float, tell: Tell
) -> Sequence[Times]:
    first = group[0]
    if first.elsewhere:
        inputs = first.samples.sets[0]
        settings: dict[str, Any] = {"warmup": warmup, "runs": runs, "seconds": seconds}
        return [timed(first.session, inputs, on_run=tell, **settings)]

    def collect(done: int, of: int) -> None:
        for o in group:
            o.rates.collect()
        tell(done, of)

    return list(rounds([o.run for o in group], runs, seconds, collect).T)


def _result(opened: Ready, times: Times, answered: Agreement | None) -> Measured:
    c = opened.contender
    figures = {
        **told(latency(times, local=c.local, elsewhere=opened.elsewhere), c.emulated),
        **opened.fixed,
        **opened.rates.over_all(told_by(opened.session, c.emulated)),
    }
    return Measured(
        c.model,
        c.version,
        c.device,
        c.target,
        opened.samples.source,
        with_device_figures(figures, c.emulated),
        c.emulated,
        THERE if opened.elsewhere else HERE,
        len(times),
        c.made_from,
        answered,
    )
