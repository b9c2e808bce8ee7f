"""Lines beside a phase: energy by part, bytes, wear; and of the device: area and money."""

from __future__ import annotations

from collections.abc import Iterator

from edgesdk.predict import Quantity

from ..cost.area import area
from ..cost.energy import energy
from ..cost.money import device_price
from ..cost.traffic import Traffic
from ..cost.wear import Wear, wear
from ..design.design import Design
from ..design.options import Chosen
from ..experts.policy import ExpertPolicy
from ..experts.traffic import quantities as expert_quantities
from ..workload.workload import Workload
from .capacity import model_pages
from .token import TokenSchedule


def decode_quantities(
    chosen: Chosen, schedule: TokenSchedule, traffic: Traffic, policy: ExpertPolicy | None
) -> tuple[Quantity, ...]:
    """Of one token, while tokens are decoded without a pause."""
    design, workload = chosen.design, schedule.workload
    experts = expert_quantities(policy, workload) if policy is not None else ()
    return (
        *_split(schedule, traffic),
        *_energy(design, traffic),
        *_wear(design, workload, schedule, traffic),
        *experts,
        *_headless(schedule),
    )


def prompt_quantities(chosen: Chosen, traffic: Traffic) -> tuple[Quantity, ...]:
    """Of each token of a prompt."""
    return (_channels(traffic), *_energy(chosen.design, traffic))


def device_quantities(design: Design) -> tuple[Quantity, ...]:
    """Area and price, as far as they are known."""
    rows = [
        Quantity("flash and DRAM", device_price(design).total, "USD", "by the cells, without NPU")
    ]
    found = area(design)
    if design.compute and found.cores is not None:
        rows.append(Quantity("area of all cores", found.cores, "mm2", "core_area_um2 x cores"))
    if found.share is not None:
        rows.append(Quantity("cores beside their dies", found.share, "of 1", "by area"))
    return tuple(rows)


def _split(schedule: TokenSchedule, traffic: Traffic) -> Iterator[Quantity]:
    cores, npu = schedule.total("core_weights"), schedule.total("npu_weights")
    if cores + npu:
        how = "of the weights read from flash, the others by cores"
        yield Quantity("weights that the NPU multiplies", npu / (cores + npu), "of 1", how)
    yield _channels(traffic)
    read = traffic.page_reads * schedule.design.page_bytes / 1e9
    yield Quantity("pages read", read, "GB/token", "whole pages, padding included")
    yield Quantity("DRAM", traffic.dram_bytes / 1e9, "GB/token", "counted")


def _channels(traffic: Traffic) -> Quantity:
    how = "counted: pages for the NPU, inputs and results"
    return Quantity("channels", traffic.channel_bytes / 1e9, "GB/token", how)


def _energy(design: Design, traffic: Traffic) -> Iterator[Quantity]:
    for part in energy(design, traffic):
        if part.joules:
            yield Quantity(f"energy, {part.name}", part.joules, "J/token", part.how)


def _wear(
    design: Design, workload: Workload, schedule: TokenSchedule, traffic: Traffic
) -> Iterator[Quantity]:
    """Under both conventions of counting reads."""
    pages = model_pages(design, workload)
    reads = min(traffic.page_reads / pages, 1.0)
    for found in wear(design, schedule.rate, reads_per_page=reads, model_pages=pages):
        yield from _worn(found)


def _worn(found: Wear) -> Iterator[Quantity]:
    by, how = f"reads by {found.convention}", "while decoding without a pause"
    yield Quantity(f"rewritten, {by}", found.tokens_reclaim, "tokens apart", "from read_limit")
    yield Quantity(f"rewriting, {by}", found.reclaims_hour, "1/h", how)
    yield Quantity(f"life, {by}", found.life_tokens, "tokens", "from erase_limit, levelled")
    yield Quantity(f"days of life, {by}", found.life_days, "days", how)


def _headless(schedule: TokenSchedule) -> Iterator[Quantity]:
    """Papers do not say whether they count the logits."""
    head = schedule.workload.head
    if head is not None:
        last = schedule.stages[-1]
        seconds = schedule.seconds - last.time.seconds * last.count
        yield Quantity("without logits", 1 / seconds, "tokens/s", "if the head is not computed")
