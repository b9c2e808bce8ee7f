"""What flash and DRAM cost. Cores, NPU and packages have no public price, and are not in it."""

from __future__ import annotations

from dataclasses import dataclass

from ..design.design import Design

# Three bits of a TLC cell are paid for, however many are used; SLC is taken to cost the same.
_PAID = {"slc": 3, "lsb": 3, "tlc": 1}


@dataclass(frozen=True)
class Price:
    """In USD."""

    flash: float
    dram: float

    @property
    def total(self) -> float:
        """Of both."""
        return self.flash + self.dram


def price(design: Design, flash_gb: float, dram_gb: float) -> Price:
    """Of so much flash and DRAM at the design's rates, as Cambricon-LLM counts: by the byte stored,
    as if every bit of a cell were used."""
    return Price(flash_gb * design.flash_usd_gb, dram_gb * design.dram_usd_gb)


def device_price(design: Design) -> Price:
    """Of all flash and DRAM that the device has, by the cells: with one bit of three in use, three
    times as many."""
    stored = design.total_bytes / 1e9
    return price(design, stored * _PAID[design.cell], design.dram_gb)
