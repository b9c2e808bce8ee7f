"""Lines beside a phase: energy by part, bytes, wear; and of the device: area and money."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from edgesdk.predict import Quantity

from ..cost.area import area
from ..cost.energy import energy
from ..cost.money import device_price
from ..cost.traffic import Traffic
from ..cost.wear import CONVENTIONS, Wear, tokens_per_reclaim, wear
from ..design.design import Design
from ..experts.expert_traffic import quantities as expert_quantities
from ..experts.policy import ExpertPolicy
from ..mapping.capacity import model_pages
from .cases import Around, Ranges
from .token import TokenSchedule

# Parameters whose ranges make the bands of wear, and of the price.
WEAR = (
    "read_limit",
    "erase_limit",
    "blocks",
    "pages",
    "factory_bad",
    "spare_blocks",
    "program_us",
    "erase_us",
)
PRICE = ("flash_usd_gb", "dram_usd_gb", "blocks", "pages")


def decode_quantities(
    ranges: Ranges, schedule: TokenSchedule, traffic: Traffic, policy: ExpertPolicy | None
) -> tuple[Quantity, ...]:
    """Of one token, while tokens are decoded without a pause."""
    design, workload = schedule.design, schedule.workload
    experts = expert_quantities(policy, workload, design.compute) if policy is not None else ()
    return (
        *_split(schedule, traffic),
        *_energy(design, traffic),
        *_wear(ranges, schedule, traffic),
        *experts,
        *_headless(schedule),
    )


def prompt_quantities(design: Design, traffic: Traffic) -> tuple[Quantity, ...]:
    """Of each token of a prompt."""
    return (_channels(traffic), *_energy(design, traffic))


def device_quantities(ranges: Ranges) -> tuple[Quantity, ...]:
    """Area and price, as far as they are known."""
    design = ranges.chosen.design
    usd = ranges.around(PRICE, lambda made: device_price(made).total, least=True)
    rows = [_around("flash and DRAM", usd, "USD", "by the cells, without NPU")]
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


def _wear(ranges: Ranges, schedule: TokenSchedule, traffic: Traffic) -> Iterator[Quantity]:
    """Under both conventions of counting reads."""
    pages = model_pages(ranges.chosen.design, schedule.workload)
    worn = _Worn(ranges, schedule.rate, pages, traffic.page_reads / pages)
    for convention in CONVENTIONS:
        yield from worn.lines(convention)


@dataclass(frozen=True)
class _Worn:
    """``pages``: of the model; ``reads``: of one of them for a token, on average."""

    ranges: Ranges
    rate: float  # tokens a second
    pages: int
    reads: float

    def lines(self, convention: str) -> Iterator[Quantity]:
        """By one convention."""
        most = max(self.reads, 1.0)  # of a page that every token reads
        by, how = f"reads by {convention}", "without a pause"

        def apart(design: Design) -> float:
            return tokens_per_reclaim(design, convention, most)

        def of(field: str) -> Callable[[Design], float]:
            return lambda design: float(getattr(self._wear(design, convention), field))

        yield self._line(f"rewritten, {by}", apart, ("tokens apart", "pages that all tokens read"))
        yield self._line(f"rewriting, {by}", of("reclaims_hour"), ("1/h", how), least=True)
        parts = ("of 1", "programming and erasing")
        yield self._line(f"time for rewriting, {by}", of("rewriting"), parts, least=True)
        yield self._line(f"life, {by}", of("life_tokens"), ("tokens", "levelled over all blocks"))
        yield self._line(f"days of life, {by}", of("life_days"), ("days", f"{how}, as expected"))

    def _wear(self, design: Design, convention: str) -> Wear:
        reads, pages = self.reads, self.pages
        return wear(design, convention, self.rate, reads_per_page=reads, model_pages=pages)

    def _line(
        self,
        name: str,
        measure: Callable[[Design], float],
        unit_how: tuple[str, str],
        *,
        least: bool = False,
    ) -> Quantity:
        return _around(name, self.ranges.around(WEAR, measure, least=least), *unit_how)


def _around(name: str, found: Around, unit: str, how: str) -> Quantity:
    """A line with its band; what cannot be moved is said."""
    kept = f"; {', '.join(found.kept)} as expected" if found.kept else ""
    return Quantity(name, found.band.expected, unit, how + kept, found.band)


def _headless(schedule: TokenSchedule) -> Iterator[Quantity]:
    """Papers do not say whether they count the logits."""
    head = schedule.workload.head
    if head is not None:
        last = schedule.stages[-1]
        seconds = schedule.seconds - last.time.seconds * last.count
        yield Quantity("without logits", 1 / seconds, "tokens/s", "if the head is not computed")
