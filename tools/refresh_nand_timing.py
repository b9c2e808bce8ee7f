"""Write the tables of docs/nand-timing.md anew.

    python tools/refresh_nand_timing.py

A test compares the page with what this would write.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest.mock import patch

from edgesdk.predict.model import named_shape
from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.timing import stage
from edgesdk_backends.nand.timing.prompt import prompt_schedule
from edgesdk_backends.nand.timing.published import (
    CONTEXT,
    MODELS,
    RATES,
)
from edgesdk_backends.nand.timing.token import token_schedule
from edgesdk_backends.nand.workload.decoder import workload

sys.path.insert(0, str(Path(__file__).parent))
from nand_paper import (
    ablation_table,
    channel_use,
    paper_schedule,
    paper_workload,
    rates_table,
)
from table_places import filled

__all__ = ["PAGE", "TABLES", "refreshed"]

PAGE = Path(__file__).parents[1] / "docs" / "nand-timing.md"
_PRESETS = ("cambricon-s", "cambricon-m", "cambricon-l")


def main() -> None:
    """Refresh the page."""
    PAGE.write_text(refreshed(PAGE.read_text()))


def refreshed(page: str) -> str:
    """The page with every table between its marks written anew."""
    return filled(page, TABLES)


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


Rate = Callable[[Design, str], float]  # tokens a second of a design and a model


def _rate(context: int = CONTEXT, each_slot: bool = False, **values: object) -> Rate:
    """As the paper's, with another context, or other values of the design."""
    return lambda design, model: (
        token_schedule(
            replace(design, **values),  # type: ignore[arg-type]
            paper_workload(model),
            context,
            each_slot=each_slot,
        ).rate
    )


def _headless(design: Design, model: str) -> float:
    found = paper_schedule(design, model)
    return 1 / (found.seconds - found.stages[-1].time.seconds)


def _grouped(design: Design, model: str) -> float:
    return token_schedule(design, workload(named_shape(model).shape), CONTEXT).rate


def _fullest_first(design: Design, model: str) -> float:
    with patch.object(stage, "split", partial(stage.split, fullest=True)):
        return paper_schedule(design, model).rate


CHOICES: tuple[tuple[str, str, Rate], ...] = (
    ("all as chosen", "", _rate()),
    ("context of 1000", "975", _rate(975)),
    ("", "1038", _rate(1038)),
    ("", "512", _rate(512)),
    ("cache of 8 bits", "16 bits", _rate(cache_bytes=2)),
    ("heads of LLaMA-2 70B as wide as its queries", "grouped", _grouped),
    ("logits are computed", "not computed", _headless),
    ("inputs once for each round", "for every slot", _rate(each_slot=True)),
    ("results of 2 bytes, which choose the tile", "1 byte", _rate(result_bytes=1)),
    ("", "4 bytes", _rate(result_bytes=4)),
    ("the NPU takes the emptiest slots", "the fullest", _fullest_first),
)


def choices() -> str:
    """How far off the 21 points are with each choice made otherwise."""
    rows = [(chosen, other, *_off(rate)) for chosen, other, rate in CHOICES]
    return _table("choice | instead | mean error | largest", rows)


def _off(rate: Rate) -> tuple[str, str]:
    errors = [
        abs(rate(read_preset(preset).design, model) / value - 1)
        for preset, values in RATES.items()
        for model, value in zip(MODELS, values, strict=True)
    ]
    return f"{sum(errors) / len(errors):.2%}", f"{max(errors):.2%}"


TABLES: dict[str, Callable[[], str]] = {
    "paces": paces,
    "rates": rates_table,
    "choices": choices,
    "ablations": ablation_table,
    "scaling": scaling,
    "grouped": grouped,
    "prompts": prompts,
}

if __name__ == "__main__":
    main()
