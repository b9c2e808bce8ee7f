"""Write the tables of docs/nand-timing.md anew.

    python tools/refresh_nand_timing.py

A test compares the page with what this would write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from edgesdk.predict_model import named_shape
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.timing.prompt import prompt_schedule
from edgesdk_backends.nand.timing.published import (
    CONTEXT,
    ablation_table,
    channel_use,
    paper_schedule,
    rates_table,
)
from edgesdk_backends.nand.timing.token import token_schedule
from edgesdk_backends.nand.workload.decoder import workload

__all__ = ["PAGE", "TABLES", "refreshed"]

PAGE = Path(__file__).parents[1] / "docs" / "nand-timing.md"
_PRESETS = ("cambricon-s", "cambricon-m", "cambricon-l")


def main() -> None:
    """Refresh the page."""
    PAGE.write_text(refreshed(PAGE.read_text()))


def refreshed(page: str) -> str:
    """The page with every table between its marks written anew."""
    for name, write in TABLES.items():
        pattern = rf"(<!-- begin: {name} -->\n).*?(<!-- end: {name} -->)"
        page, count = re.subn(pattern, _between(write()), page, flags=re.DOTALL)
        if count != 1:
            raise ValueError(f"the page has {count} places for {name}")
    return page


def _between(text: str) -> Callable[[re.Match[str]], str]:
    return lambda marks: f"{marks[1]}{text}\n{marks[2]}"


def paces() -> str:
    """The tile and the times of one slot and one page."""
    rows = []
    for preset in _PRESETS:
        time = paper_schedule(read_preset(preset).design, "opt-6.7b").stages[0].time
        pace, tile = time.pace, time.pace.tile
        rows.append(
            (
                preset,
                f"{tile.height} x {tile.width}",
                f"{tile.rows} x {tile.inputs}",
                f"{pace.slot_seconds * 1e6:.2f}",
                f"{pace.core_seconds * 1e6:.2f}",
                f"{pace.bus_seconds * 1e6:.2f}",
                f"{pace.page_seconds * 1e6:.2f}",
                f"{tile.weights * tile.cores * tile.channels / pace.slot_seconds / 1e9:.1f}",
                f"{pace.stream_rate / 1e9:.1f}",
            )
        )
    heads = (
        "device | tile | of a core | slot us | core us | bus us | page us | cores GB/s | NPU GB/s"
    )
    return _table(heads, rows)


def scaling() -> str:
    """Devices like S with other numbers of chips, and of channels."""
    base = read_preset("cambricon-s").design
    chips = [("chips", 1 << power, replace(base, chips=1 << power)) for power in range(8)]
    wide = replace(base, chips=4)
    channels = [("channels", 1 << n, replace(wide, channels=1 << n)) for n in range(7)]
    rows = []
    for key, value, design in (*chips, *channels):
        beside = "8 channels" if key == "chips" else "4 chips"
        cells = []
        for model in ("opt-6.7b", "opt-66b"):
            found = paper_schedule(design, model)
            cells += [f"{found.rate:.2f}", f"{channel_use(found):.0%}"]
        rows.append((f"{value} {key}, {beside}", *cells))
    return _table("S with | OPT-6.7B tokens/s | channel use | OPT-66B tokens/s | channel use", rows)


def grouped() -> str:
    """LLaMA-2 70B as it is, and as the paper's numbers have it."""
    work = workload(named_shape("llama-2-70b").shape)
    rows = []
    for preset in _PRESETS:
        design = read_preset(preset).design
        true = token_schedule(design, work, CONTEXT).rate
        rows.append((preset, f"{paper_schedule(design, 'llama-2-70b').rate:.2f}", f"{true:.2f}"))
    return _table("tokens/s | kv=full, the paper's | kv=grouped, the model's", rows)


def prompts() -> str:
    """Tokens a second of prompts: no paper has any."""
    work = workload(named_shape("llama-2-7b").shape)
    lengths = (1, 4, 16, 64, 256)
    rows = []
    for preset in (*_PRESETS, "ufs-4.0"):
        design = read_preset(preset).design
        rates = [n / prompt_schedule(design, work, n).seconds for n in lengths]
        rows.append((preset, *(f"{rate:.3g}" for rate in rates)))
    return _table("LLaMA-2 7B, prompt of | " + " | ".join(map(str, lengths)), rows)


def _table(heads: str, rows: Sequence[Sequence[str]]) -> str:
    marks = "---|" + "---:|" * heads.count("|")
    return "\n".join((f"| {heads} |", f"|{marks}", *(f"| {' | '.join(row)} |" for row in rows)))


TABLES: dict[str, Callable[[], str]] = {
    "paces": paces,
    "rates": rates_table,
    "ablations": ablation_table,
    "scaling": scaling,
    "grouped": grouped,
    "prompts": prompts,
}

if __name__ == "__main__":
    main()
