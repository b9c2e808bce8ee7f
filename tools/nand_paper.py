"""What Cambricon-LLM (arXiv 2409.15654) publishes, beside what the schedule says.

python tools/nand_paper.py
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from edgesdk.predict.model import named_shape
from edgesdk_backends.nand.cost.energy import energy
from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.design.preset import read_preset
from edgesdk_backends.nand.timing.published import (
    CHANNEL_USE,
    CONTEXT,
    JOULES,
    MODELS,
    RATES,
    TRAFFIC_GB,
    UNHELPED,
    UNSLICED,
)
from edgesdk_backends.nand.timing.token import TokenSchedule, token_schedule
from edgesdk_backends.nand.timing.token_traffic import traffic_of
from edgesdk_backends.nand.workload.decoder import FULL, workload
from edgesdk_backends.nand.workload.workload import Workload


@dataclass(frozen=True)
class Point:
    """One published rate and ours, in tokens a second."""

    preset: str
    model: str
    published: float
    ours: float

    @property
    def error(self) -> float:
        """Relative to what was published."""
        return self.ours / self.published - 1


def paper_workload(model: str) -> Workload:
    """As the paper's numbers have it: keys and values of LLaMA-2 70B as wide as its queries."""
    return workload(named_shape(model).shape, weights="w8a8", kv=FULL)


def paper_schedule(design: Design, model: str) -> TokenSchedule:
    """One token of a model of the paper."""
    return token_schedule(design, paper_workload(model), CONTEXT)


def points() -> tuple[Point, ...]:
    """All of Figure 9 that are of Cambricon-LLM: three devices, seven models."""
    return tuple(
        Point(preset, model, value, paper_schedule(read_preset(preset).design, model).rate)
        for preset, values in RATES.items()
        for model, value in zip(MODELS, values, strict=True)
    )


@dataclass(frozen=True)
class Ablation:
    """One model on S: rates in tokens a second, and shares of the channels that data take."""

    model: str
    rate: float
    unsliced: float
    unhelped: float
    use: float
    unsliced_use: float
    unhelped_use: float
    gigabytes: float  # on the channels
    joules: float  # of data that move


def ablations() -> Iterator[Ablation]:
    """S without its slices, and without the NPU's help."""
    design = read_preset("cambricon-s").design
    plain = replace(design, slicing=False)
    alone = replace(design, npu_helps=False)
    for model in MODELS:
        found, unsliced, unhelped = (paper_schedule(each, model) for each in (design, plain, alone))
        traffic = traffic_of(found)
        moved = [part.joules for part in energy(design, traffic) if part.name in _MOVED]
        yield Ablation(
            model,
            found.rate,
            unsliced.rate,
            unhelped.rate,
            channel_use(found),
            channel_use(unsliced),
            channel_use(unhelped),
            traffic.channel_bytes / 1e9,
            sum(moved),
        )


_MOVED = ("array", "channels")


def channel_use(schedule: TokenSchedule) -> float:
    """The share of the channels' time in which data pass, without commands."""
    design = schedule.design
    each = traffic_of(schedule).channel_bytes / design.channels
    return each / (design.channel_gb_s * 1e9) / schedule.seconds


def rates_table() -> str:
    """The 21 points as Markdown."""
    rows = ["| model | " + " | ".join(_heads()) + " |", "|---" + "|---:" * 9 + "|"]
    found = {(point.preset, point.model): point for point in points()}
    for model in MODELS:
        cells = [_cells(found[preset, model]) for preset in RATES]
        rows.append(f"| {model} | " + " | ".join(cells) + " |")
    errors = [abs(point.error) for point in found.values()]
    mean = sum(errors) / len(errors)
    rows += ["", f"Mean error {mean:.2%}, largest {max(errors):.2%}, of {len(errors)} points."]
    return "\n".join(rows)


def _heads() -> Iterator[str]:
    for preset in RATES:
        letter = preset[-1].upper()
        yield from (f"{letter} published", f"{letter} ours", "error")


def _cells(point: Point) -> str:
    return f"{point.published:g} | {point.ours:.2f} | {point.error:+.1%}"


def ablation_table() -> str:
    """S with parts left out, as Markdown; what was published in brackets."""
    rows = [
        "| model | tokens/s | without slices | gain | without the NPU | gain | channel use "
        "| without slices | GB/token | J/token |",
        "|---" + "|---:" * 9 + "|",
    ]
    for index, found in enumerate(ablations()):
        rows.append(_ablation_row(index, found))
    return "\n".join(rows)


def _ablation_row(i: int, found: Ablation) -> str:
    cells = (
        found.model,
        f"{found.rate:.2f} ({RATES['cambricon-s'][i]:g})",
        f"{found.unsliced:.2f} ({UNSLICED[i]:g})",
        f"{found.rate / found.unsliced:.2f}",
        f"{found.unhelped:.2f} ({UNHELPED[i]:g})",
        f"{found.rate / found.unhelped:.2f}",
        f"{found.use:.0%} ({CHANNEL_USE[i]:.0%})",
        f"{found.unsliced_use:.0%}",
        f"{found.gigabytes:.2f} ({TRAFFIC_GB[i]:g})",
        f"{found.joules:.2f} ({JOULES[i]:g})",
    )
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    print(rates_table(), ablation_table(), sep="\n\n")
