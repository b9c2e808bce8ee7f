"""Energy for moving data, as Cambricon-LLM (arXiv 2409.15654) publishes it, and as counted here.

The paper shows joules of a token for its S configuration and for FlexGen with an SSD, rounded to
whole numbers and to tenths. Nothing was fitted on them: the constants are AiF's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from edgesdk_backends.nand.cost.energy import joules
from edgesdk_backends.nand.cost.traffic import Traffic
from edgesdk_backends.nand.design.preset import read_preset

# Share of the weights that the NPU of S multiplies: 31 to 32 % of the paper's traffic, 1 - 0.688 by
# the rates of both sides, which are 17.33 and 7.86 GB/s.
_SHARE = 7.86 / (17.33 + 7.86)


@dataclass(frozen=True)
class Figure:
    """``weights`` of 8 bits that a token reads, and the joules published for S and FlexGen."""

    name: str
    weights: float
    small: float
    flexgen: float


# The figure's labels on its bars; models in the order of the paper. Seventy billion weights are
# counted with the grouped heads that the model has.
FIGURES = (
    Figure("OPT-6.7B", 6.648e9, 1, 1.6),
    Figure("OPT-13B", 12.84e9, 2, 3.1),
    Figure("OPT-30B", 29.96e9, 5, 7.2),
    Figure("OPT-66B", 65.69e9, 11, 15.8),
    Figure("LLaMA2-7B", 6.607e9, 1, 1.7),
    Figure("LLaMA2-13B", 12.85e9, 2, 3.1),
    Figure("LLaMA2-70B", 68.71e9, 11, 16.8),
)


def small_joules(figure: Figure) -> float:
    """Of S: every weight is read from the array, the NPU's share crosses the channels."""
    ours = _SHARE * figure.weights
    flash = figure.weights - ours
    traffic = _moved(core=flash, npu=ours)
    return joules(read_preset("cambricon-s").design, traffic)


def flexgen_joules(figure: Figure) -> float:
    """Of FlexGen: every weight crosses channel and PCIe; energy of the DRAM is not counted."""
    design = replace(read_preset("nvme").design, npu_pj_mac=0.0)
    return joules(design, _moved(core=0, npu=figure.weights))


def _moved(core: float, npu: float) -> Traffic:
    return Traffic(
        seconds=0,
        core_bytes=core,
        npu_bytes=npu,
        channel_bytes=npu,
        link_bytes=npu,
        dram_bytes=0,
        core_macs=core,
        npu_macs=npu,
        page_reads=(core + npu) / 16384,
    )
