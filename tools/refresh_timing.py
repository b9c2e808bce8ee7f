"""Write the tables of docs/fpga-timing.md anew, and the figure beside them.

    python tools/refresh_timing.py

A test compares the page with what this would write. The figure needs matplotlib.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from edgesdk.cli.predict.details import overview
from edgesdk.cli.text import table
from edgesdk.predict import DECODE, PREFILL, predict
from edgesdk.predict.model import read_subject
from edgesdk_backends.fpga.timing.area import PART, Area
from edgesdk_backends.fpga.timing.phases import Phases
from edgesdk_backends.fpga.timing.profile import read_profile
from edgesdk_backends.fpga.timing.resources import blocks, second_banks, total, uses

sys.path.insert(0, str(Path(__file__).parent))
from explore_fpga import CLOCK, as_text, draw, fingerprint
from fpga_designs import Point, explore
from table_places import filled, markdown

__all__ = ["FIGURE", "PAGE", "TABLES", "fingerprint", "points", "refreshed"]

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "fpga-timing.md"
FIGURE = ROOT / "docs" / "figures" / "fpga-pareto.svg"


def main() -> None:
    """Refresh the page and the figure."""
    PAGE.write_text(refreshed(PAGE.read_text()))
    draw(read_profile("edge"), points(), FIGURE)


def refreshed(page: str) -> str:
    """The page with every table between its marks written anew."""
    return filled(page, TABLES)


def predictions(profile: str, *models: str) -> str:
    """What the command says of some models, without resources and assumptions."""
    found = [predict(read_subject(model), "fpga:kv260", {"profile": profile}) for model in models]
    return "\n\n".join(f"```text\n{overview(prediction)}\n```" for prediction in found)


def area() -> str:
    """The accounting, block by block."""
    design = read_profile("edge").at("expected")
    names = ["LUT", "FF", "BRAM36", "URAM", "DSP"]

    def counts(area: Area) -> list[str]:
        found = area.by_name()  # BRAM comes in halves
        return [f"{found[name]:,.{int(name == 'BRAM36')}f}" for name in names]

    rows = [[block.name, *counts(block.area), block.how] for block in blocks(design)]
    found = {use.resource: use for use in uses(design)}
    rows.append(["all", *counts(total(design)), ""])
    rows.append(["of", *(f"{found[name].available:,.0f}" for name in names), "XCK26"])
    rows.append(["share", *(f"{found[name].share:.0%}" for name in names), ""])
    more = second_banks(design)
    with_it = (total(design) + more).lut / PART["LUT"]
    how = f"if both banks of a table do not share a memory: {with_it:.0%} of LUT"
    rows.append(["not in it", *counts(more), how])
    return f"```text\n{table(rows, ['', *names, 'HOW'])}\n```"


@cache
def points() -> tuple[Point, ...]:
    """All combinations of sizes, for the table and for the figure."""
    return tuple(explore(read_profile("edge"), read_subject("bitnet-0.73b").config))


def explored() -> str:
    """The best sizes."""
    return f"```text\n{as_text(read_profile('edge'), points(), CLOCK)}\n```"


def contexts() -> str:
    """What TeLLMe's profile gives at other contexts than the one that was chosen."""
    made = Phases(read_profile("tellme"), read_subject("bitnet-0.73b").config)
    rows = []
    for at in (1, 32, 64, 128, 256, 512, 1024):
        rate = made.phase(DECODE, at).rate
        band = f"{rate.expected:.1f} ({rate.best:.1f} to {rate.worst:.1f})"
        rows.append([f"decode after {at}", band, f"{rate.expected / 25 - 1:+.0%}"])
    return f"```text\n{table(rows, ['', 'TOKENS/S', 'AGAINST 25'])}\n```"


CHANGES: tuple[tuple[str, dict[str, float]], ...] = (
    ("nothing", {}),
    ("cache_ports = 3, as weights have", {"cache_ports": 3}),
    ("host_head_gb_s = 3", {"host_head_gb_s": 3.0}),
    ("host_head_gb_s = 5", {"host_head_gb_s": 5.0}),
    ("interval = 1", {"interval": 1}),
    ("latency = 15", {"latency": 15}),
    ("attention_row_cycles = 1800", {"attention_row_cycles": 1800.0}),
    ("call_ms = 1", {"call_ms": 1.0}),
)


def changes() -> str:
    """What one assumption of TeLLMe's profile moves."""
    config = read_subject("bitnet-0.73b").config
    rows: list[list[str]] = []
    for name, values in CHANGES:
        profile = read_profile("tellme")
        for key, value in values.items():
            profile = profile.with_value(key, value)
        made = Phases(profile, config)
        decode = made.phase(DECODE, 128).rate.expected
        prompts = [made.phase(PREFILL, at).seconds.expected for at in (64, 128)]
        rows.append([name, f"{decode:.1f}", *(f"{seconds:.3f} s" for seconds in prompts)])
    header = ["CHANGED ALONE", "DECODE AFTER 128", "PROMPT OF 64", "PROMPT OF 128"]
    return f"```text\n{table(rows, header)}\n```"


def assumptions(name: str) -> str:
    """A profile's constants as a table of Markdown."""
    found = read_profile(name).assumptions()
    rows = [[f"`{item.name}`", item.value, item.source] for item in found]
    return markdown(["constant", "value", "source"], rows)


TABLES: dict[str, Callable[[], str]] = {
    "edge": lambda: predictions("edge", "bitnet-0.73b", "bitnet-2b4t"),
    "area": area,
    "explore": explored,
    "tellme": lambda: predictions("tellme", "bitnet-0.73b"),
    "contexts": contexts,
    "changes": changes,
    "assumptions edge": lambda: assumptions("edge"),
    "assumptions tellme": lambda: assumptions("tellme"),
}

if __name__ == "__main__":
    main()
