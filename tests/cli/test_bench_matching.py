"""Which model runs on which device."""

from __future__ import annotations

import pytest

from edgesdk.cli.bench.matching import matched
from edgesdk.errors import UsageError

CPU, FPGA, NAND = "cpu", "fpga:kv260", "nand:cambricon-l"


@pytest.mark.parametrize(
    ("made_for", "targets", "pairs"),
    [
        ([None], [CPU], [(0, 0)]),
        ([None], [CPU, FPGA, NAND], [(0, 0), (0, 1), (0, 2)]),
        ([CPU, CPU, None], [CPU], [(0, 0), (1, 0), (2, 0)]),
        ([CPU, CPU], [CPU, CPU], [(0, 0), (1, 1)]),
        ([NAND, CPU, FPGA], [CPU, FPGA, NAND], [(1, 0), (2, 1), (0, 2)]),
        ([FPGA, None], [CPU, FPGA], [(1, 0), (0, 1)]),
        ([None, None], [CPU, FPGA], [(0, 0), (1, 1)]),
        ([CPU, FPGA], [CPU, CPU, FPGA], [(0, 0), (0, 1), (1, 2)]),
        ([CPU, CPU, FPGA], [CPU, FPGA], [(0, 0), (1, 0), (2, 1)]),
        ([FPGA], [CPU], [(0, 0)]),  # the device says itself that it does not fit
    ],
    ids=str,
)
def test_pairs(
    made_for: list[str | None], targets: list[str], pairs: list[tuple[int, int]]
) -> None:
    assert matched(made_for, targets) == pairs


@pytest.mark.parametrize(
    ("made_for", "targets"),
    [([CPU, NAND], [CPU, FPGA]), ([CPU, CPU, NAND], [CPU, FPGA]), ([CPU, CPU], [CPU, FPGA, CPU])],
    ids=str,
)
def test_what_is_left_over_is_said(made_for: list[str | None], targets: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        matched(made_for, targets)
    assert caught.value.id == "EDGE-02304"
    assert ", ".join(targets) in caught.value.evidence
