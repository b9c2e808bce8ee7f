"""``edgesdk bench --errors``: what bit errors in a device's memory do to a model's answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click
import numpy as np

from ...backend import Device
from ...bundle import Bundle
from ...decoder.golden import PROMPTS, RANDOM_TOKENS, SEED
from ...decoder.session import DecoderSession
from ...decoder.tokenizer import load
from ...error_study import (
    Erroneous,
    ErrorRow,
    ErrorStudy,
    ErrorTable,
    Material,
    Plan,
    shortened,
    study,
)
from ...errors import UsageError
from ...option_values import real
from ..generate.prompt import read_text
from ..generate.view import StatusLine
from ..opening import connect, is_file, open_bundle
from ..options import FILE
from ..output import Output
from .bit_errors_view import as_csv, as_text

F = TypeVar("F", bound=Callable[..., Any])

USUAL = "1e-6,1e-5,1e-4,2e-4,8e-4,1e-3,1e-2"  # the rates that papers scan
NONE = "none"
MOST_RATES = 64
WRITTEN = 64  # tokens that the model is asked to write where there is no text


def _rates(text: str) -> list[float]:
    try:
        rates = [real(0, 0.5)(part.strip()) for part in text.split(",")]
    except ValueError as error:
        raise UsageError(
            f"{text[:80]!r} is no list of raw bit error rates",
            evidence=f"each is {error}",
            next_step="Give them with a comma between: --errors=1e-5,1e-4; for the usual rates "
            "write --errors behind the model",
            code=273,
        ) from None
    if len(rates) > MOST_RATES:
        raise UsageError(
            "Too many raw bit error rates",
            evidence=f"{len(rates)} of {MOST_RATES}",
            next_step="Give fewer",
            code=273,
        )
    return list(dict.fromkeys(rates))


OPTIONS = (
    click.option(
        "--errors",
        is_flag=False,
        flag_value=USUAL,
        metavar="RATE,...",
        callback=lambda context, option, text: None if text is None else _rates(text),
        help=f"Bit errors instead of time: logits and perplexity at these raw bit error rates; "
        f"alone, behind the model: {USUAL}.",
    ),
    click.option("--text", type=FILE, metavar="FILE", help="With --errors: score this text, too."),
    click.option(
        "--tokens",
        type=click.IntRange(2),
        default=512,
        show_default=True,
        help="With --errors: of the text, at most.",
    ),
    click.option(
        "--correction",
        "corrections",
        multiple=True,
        metavar="NAME",
        help="With --errors: another correction to compare; none and the bundle's always are.",
    ),
    click.option(
        "--seeds",
        type=click.IntRange(1, 1000),
        default=3,
        show_default=True,
        help="With --errors: so many sets of wrong cells.",
    ),
    click.option("--plot", type=FILE, metavar="FILE", help="With --errors: a PNG, SVG or PDF."),
    click.option("--csv", is_flag=True, help="With --errors: the table as CSV."),
)
NAMES = ("errors", "text", "tokens", "corrections", "seeds", "plot", "csv")


def error_options(function: F) -> F:
    """The options of ``--errors``."""
    for option in reversed(OPTIONS):
        function = option(function)
    return function


def run(out: Output, models: Sequence[str], devices: Sequence[str], given: dict[str, Any]) -> None:
    """Measure and print. Raises ``UsageError``: EDGE-02274 for a device without errors, EDGE-02275
    for more than one model, EDGE-02276 for a correction there is not, EDGE-02277 for a plot that
    cannot be written, before anything is measured where that is known."""
    if len(models) != 1 or len(devices) > 1:
        raise UsageError(
            "Bit errors are studied on one model and one device at a time",
            evidence=f"{len(models)} models, {len(devices)} devices",
            next_step="Give one of each, and study the others on their own",
            code=275,
        )
    draw = _plotter(given["plot"])
    with ExitStack() as stack:
        device = stack.enter_context(connect(out, devices[0] if devices else None))
        subject = stack.enter_context(_subject(device, models[0], stack))
        chosen = _corrections(subject, given["corrections"])
        with subject.clean() as session:
            material = _material(session, given["text"], given["tokens"])
        line = StatusLine(out)

        def tell(row: ErrorRow, done: int, of: int) -> None:
            out.event("row", **asdict(row))
            out.event("progress", stage="errors", done=done, total=of)
            line.show(f"{done} of {of} rows")

        try:
            found = study(subject, Plan(given["errors"], chosen, given["seeds"]), material, tell)
        finally:
            line.clear()
        address = device.info.address
    out.attach(model=models[0], device=address, **found.as_dict())
    out.text(as_csv(found) if given["csv"] else as_text(found))
    draw(found, f"{models[0]} on {address}")
    out.result("")


def _plotter(path: Path | None) -> Callable[[ErrorTable, str], None]:
    """What draws a table there, checked as far as it can be before there is one."""
    if path is None:
        return lambda found, title: None
    from .bit_errors_plot import check, plot

    check(path)
    return partial(plot, path)


def _subject(device: Device, model: str, stack: ExitStack) -> Erroneous:
    if not isinstance(device, ErrorStudy):
        raise UsageError(
            f"{device.info.address} cannot be given bit errors",
            evidence=f"it is {device.info.description}",
            next_step="Use a device whose memory is emulated: emu:nand",
            code=274,
        )
    what: str | Bundle = stack.enter_context(open_bundle(model)) if is_file(model) else model
    return device.with_errors(what)


def _corrections(subject: Erroneous, asked: Sequence[str]) -> list[str]:
    unknown = [name for name in asked if name not in subject.corrections]
    if unknown:
        raise UsageError(
            f"The pages of this model cannot have the correction {unknown[0][:40]!r}",
            evidence=f"known: {', '.join(subject.corrections)}",
            next_step="Give one of these, or leave --correction out: the bundle's own is studied",
            code=276,
        )
    return list(dict.fromkeys([NONE, subject.correction, *asked]))


def _material(session: DecoderSession, text: Path | None, most: int) -> Material:
    """The text, or what the model itself writes after a prompt, or after tokens that are drawn."""
    if text is not None:
        return shortened(session, read_text(text), most)
    most = min(most, WRITTEN, session.context)
    if session.text is not None:
        prompt = load(session.text).encode(PROMPTS[0])
    else:
        generator = np.random.Generator(np.random.PCG64(SEED))
        prompt = generator.integers(0, session.vocabulary, RANDOM_TOKENS).tolist()
    return Material(_continued(session, prompt[:most], most))


def _continued(session: DecoderSession, prompt: Sequence[int], count: int) -> list[int]:
    """The prompt and its likeliest continuation, so many tokens in all."""
    tokens, logits = list(prompt), session.prefill(prompt)
    while len(tokens) < count:
        tokens.append(int(logits.argmax()))
        logits = session.decode(tokens[-1])
    return tokens
