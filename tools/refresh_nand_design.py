"""Write the tables of docs/nand-design.md anew.

    python tools/refresh_nand_design.py

A test compares the page with what this would write.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edgesdk.predict.model import read_subject
from edgesdk_backends.nand.cost.money import device_price, price
from edgesdk_backends.nand.cost.wear import CONVENTIONS, wear
from edgesdk_backends.nand.design.chosen import assumptions, chosen_design
from edgesdk_backends.nand.design.consistency import changed
from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.design.parameters import PARAMETERS
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.timing.token import token_schedule
from edgesdk_backends.nand.workload.decoder import workload

sys.path.insert(0, str(Path(__file__).parent))
from nand_paper_energy import FIGURES, flexgen_joules, small_joules
from table_places import filled, markdown

PAGE = Path(__file__).parents[1] / "docs" / "nand-design.md"
PRESETS = ("cambricon-s", "cambricon-m", "cambricon-l", "aif", "lincoln", "ufs-4.0", "nvme")
_RATE = 3.44  # tokens a second
_WEIGHTS = 68.71e9  # bytes of a model of 70 billion weights that are read for a token


@dataclass(frozen=True)
class Other:
    """Tokens a second that somebody published of a device, for the model of ours that is nearest.

    ``changes``: what that device has differently from the preset.
    """

    preset: str
    what: str
    model: str
    published: float
    changes: Mapping[str, Any] = field(default_factory=dict)


_FOUR = {"channels": 16, "dram_gb_s": 204.8}
# AiF (ISCA 2025); Lincoln (HPCA 2025), 85 and 46 ms; Cambricon-LLM's bound for UFS 4.0, which
# is 4 GB/s over 70 GB, rounded.
OTHERS = (
    Other("aif", "LLaMA 7B", "llama-2-7b", 13.1),
    Other("aif", "LLaMA 13B", "llama-2-13b", 7.7),
    Other("aif", "LLaMA 3 70B, here LLaMA 2", "llama-2-70b", 1.6),
    Other("aif", "Mixtral 8x7B", "mixtral-8x7b", 6.2),
    Other("lincoln", "OPT-66B, two packages", "opt-66b", 1 / 0.085),
    Other("lincoln", "OPT-66B, four packages", "opt-66b", 1 / 0.046, _FOUR),
    Other("ufs-4.0", "LLaMA 2 70B", "llama-2-70b", 0.06),
)


def main() -> None:
    """Refresh the page."""
    PAGE.write_text(refreshed(PAGE.read_text()))


def refreshed(page: str) -> str:
    """The page with every table between its marks written anew."""
    return filled(page, TABLES)


def keys() -> str:
    """Every key: its unit, its range, what it is."""
    rows = [[f"`{p.key}`", p.unit, p.range, p.about] for p in PARAMETERS.values()]
    return markdown(["key", "unit", "range", "what it is"], rows)


def presets() -> str:
    """Every key of every preset."""
    designs = [read_preset(name).design for name in PRESETS]
    rows = [
        [f"`{key}`", *(PARAMETERS[key].shown(getattr(design, key)) for design in designs)]
        for key in PARAMETERS
    ]
    sizes = ["usable GB", *(f"{design.usable_bytes / 1e9:.0f}" for design in designs)]
    return markdown(["key", *PRESETS], [*rows, sizes])


def sources() -> str:
    """Where the values of one preset are from."""
    found = assumptions(chosen_design({"preset": "cambricon-s"}))
    rows = [[f"`{item.name}`", item.value, item.source] for item in found]
    return markdown(["key", "value", "source"], rows)


def other_rate(other: Other) -> float:
    """Tokens a second, after a thousand positions."""
    design = changed(read_preset(other.preset).design, other.changes)
    return token_schedule(design, workload(read_subject(other.model).shape), 1000).rate


def others() -> str:
    """Presets that are no configuration of Cambricon-LLM, beside what was published of them."""
    rows = []
    for other in OTHERS:
        rate, published = other_rate(other), other.published
        off = f"{rate / published - 1:+.0%}"
        rows.append([f"`{other.preset}`", other.what, f"{rate:.3g}", f"{published:.3g}", off])
    return markdown(["preset", "model", "tokens/s", "published", "off by"], rows)


def energy() -> str:
    """Ours beside what was published."""
    rows = [
        [
            model.name,
            f"{small_joules(model):.2f}",
            f"{model.small:g}",
            f"{flexgen_joules(model):.2f}",
            f"{model.flexgen:g}",
            f"{flexgen_joules(model) / model.flexgen - 1:+.1%}",
        ]
        for model in FIGURES
    ]
    return markdown(["model", "S, J", "published", "FlexGen, J", "published", "off by"], rows)


def worn() -> str:
    """Both ways to count, for every preset."""
    rows = [
        _wear_row(name, read_preset(name).design, convention)
        for name in PRESETS
        for convention in CONVENTIONS
    ]
    header = ["preset", "counted by", "tokens a rewrite", "rewrites an hour", "tokens of a life"]
    return markdown([*header, "days, full", "days, 70 B", "rewriting, 70 B"], rows)


def _wear_row(name: str, design: Design, convention: str) -> list[str]:
    full = wear(design, convention, _RATE)
    partly = wear(design, convention, _RATE, model_pages=_WEIGHTS / design.page_bytes)
    return [
        name,
        convention,
        f"{full.tokens_reclaim:,.0f}",
        f"{full.reclaims_hour:.3g}",
        f"{full.life_tokens / 1e6:,.2f} M",
        f"{full.life_days:,.1f}",
        f"{partly.life_days:,.0f}",
        f"{partly.rewriting:.2%}",
    ]


def money() -> str:
    """The paper's example, and whole devices."""
    small = read_preset("cambricon-s").design
    rows = [
        ["80 GB of flash, 2 GB of DRAM", f"{price(small, 80, 2).total:.2f}"],
        ["80 GB of DRAM", f"{price(small, 0, 80).total:.2f}"],
    ]
    rows += [
        [f"all of `{n}`", f"{device_price(read_preset(n).design).total:,.0f}"] for n in PRESETS
    ]
    return markdown(["what", "USD"], rows)


TABLES: dict[str, Callable[[], str]] = {
    "keys": keys,
    "presets": presets,
    "sources": sources,
    "others": others,
    "energy": energy,
    "wear": worn,
    "money": money,
}

if __name__ == "__main__":
    main()
