"""``edgesdk bench --report``: a benchmark as one page that needs nothing but itself."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ...bench import Agreement, BenchRecord, Measured
from ...bench.agreement import LOGITS
from ..output import plain
from ..text import counted
from .html import Markup, element, joined
from .page_plots import legend, plots
from .page_tables import answers, every_figure, made_from, ratios, rests_on, table_of
from .rows import difference, has_tokens, letter
from .style import STYLE

# Nothing is loaded from anywhere, and no script runs, whatever a device's name may hold.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(record: BenchRecord, commands: Sequence[str], when: str) -> str:
    """The page. ``commands`` repeat the benchmark; ``when`` it was made, in words."""
    name = _name(record)
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("title", name),
        element("style", Markup(STYLE)),
    )
    body = element("body", _head(record, name, when), element("main", _parts(record, commands)))
    return f"<!doctype html>\n{element('html', head, body, lang='en')}\n"


def _parts(record: BenchRecord, commands: Sequence[str]) -> Markup:
    several = len(record.results) > 1
    return joined(
        [
            plots(record),
            _section("Answers", answers(record)) if several else "",
            _section("Ratios of times", ratios(record)) if several else "",
            _section("How figures were obtained", legend(record)),
            _section("What modelled figures rest on", rests_on(record)),
            _section("Every figure", every_figure(record)),
            _section("What was measured", made_from(record)),
            _section("The machine that ran it", _host(record)),
            _section("To repeat it", element("pre", "\n".join(commands))),
            _section("The record", _record(record)),
        ]
    )


def _section(title: str, content: Markup) -> Markup:
    return element("section", element("h2", title), content) if content else Markup("")


def _name(record: BenchRecord) -> str:
    names = list(dict.fromkeys(result.model for result in record.results))
    devices = len({result.device for result in record.results})
    on = record.results[0].device if devices == 1 else counted(devices, "device")
    return f"{', '.join(names)} on {on}"


def _head(record: BenchRecord, name: str, when: str) -> Markup:
    settings = record.settings
    turns = ", those of a kind in turns" if settings["interleaved"] else ""
    most = " at most," if len({result.runs for result in record.results}) > 1 else ""
    line = f"{counted(settings['runs'], 'run')}{most} after {settings['warmup']} to warm up{turns}"
    return element(
        "header",
        element("h1", name),
        element("p", f"edgesdk {record.host['edgesdk']}, {when}: {line}.", class_="quiet"),
        element(
            "div",
            [_card(index, result) for index, result in enumerate(record.results)],
            class_="cards",
        ),
    )


def _card(index: int, result: Measured) -> Markup:
    kind = "an emulator, and no board" if result.emulated else "the device itself"
    source = result.made_from.get("source", "")
    made = f" of {source}" if source not in ("", result.model) else ""
    return element(
        "div",
        element("p", element("b", letter(index), class_="key"), element("b", result.device)),
        element("p", f"{result.model} {result.version}{made}, for {result.target}"),
        element("p", kind, class_="quiet"),
        element("p", _agreed(result), class_="quiet"),
        class_="card",
    )


def _agreed(result: Measured) -> str:
    """How far its answers are the first's, in a line."""
    found = result.answers
    if found is None:
        return ""
    if not found.samples:
        return "answers not compared"
    if found.equal == found.samples:
        what = "tokens" if has_tokens(found) else "answers"
        return f"{what} equal to A's, to the bit{_logits(found)}"
    tops = [output for output in found.outputs if output.top is not None]
    kept = [f"{o.name}: {o.top} of {o.rows} top entries as A's" for o in tops]
    return ", ".join(kept) or f"answers equal to A's: {found.equal} of {found.samples}"


def _logits(found: Agreement) -> str:
    """How far logits are from A's: those of equal tokens need not be equal."""
    apart = next((o.difference for o in found.outputs if o.name == LOGITS), None)
    return f"; logits: {difference(apart, '')} apart" if apart else ""


def _host(record: BenchRecord) -> Markup:
    return table_of([], [[name, value] for name, value in record.host.items()])


def _record(record: BenchRecord) -> Markup:
    text = json.dumps(plain(record.as_dict()), indent=1)
    return element("details", element("summary", "as JSON"), element("pre", text))
