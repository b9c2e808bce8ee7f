"""Area of the RTL: python tools/rtl_area.py [BLOCK ...] [--write].

Has yosys map blocks of hls/rtl onto UltraScale+, counts what they take, and prints it beside the
budget of hls/rtl/budget.toml and the share of the part. It fails when a count is more than the
file's tolerance above its budget; ``--write`` makes the counts the new budget.

An estimate of synthesis: nothing is placed or routed, and no clock rate follows from it.
"""

from __future__ import annotations

import argparse
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edgesdk import toml
from edgesdk_backends.fpga.emulator.rtl_build import rtl_sources

RTL = Path(__file__).resolve().parent.parent / "hls" / "rtl"
BUDGET = RTL / "budget.toml"
# Wide multiplexers made of dedicated ones would hide lookup tables from the count.
OPTIONS = "-family xcup -uram -noiopad -nowidelut"
SECONDS = 600

# What each primitive takes. An inverter counts as a lookup table, though most are absorbed later.
PRIMITIVES: dict[str, dict[str, float]] = {
    **{name: {"LUT": 1} for name in ("LUT1", "LUT2", "LUT3", "LUT4", "LUT5", "LUT6", "INV")},
    **{name: {"FF": 1} for name in ("FDRE", "FDSE", "FDCE", "FDPE")},
    "RAM32M16": {"LUTRAM": 8},
    "RAM64M8": {"LUTRAM": 8},
    "SRL16E": {"LUTRAM": 1},
    "SRLC32E": {"LUTRAM": 1},
    "CARRY4": {"CARRY4": 1},
    "RAMB36E2": {"BRAM36": 1},
    "RAMB18E2": {"BRAM36": 0.5},
    "URAM288": {"URAM": 1},
    "DSP48E2": {"DSP": 1},
    "BUFG": {},
}
RESOURCES = ("LUT", "LUTRAM", "FF", "CARRY4", "BRAM36", "URAM", "DSP")


@dataclass(frozen=True)
class Block:
    """A module with its parameters, and the counts that it may take."""

    name: str
    module: str
    parameters: Mapping[str, int]
    counts: Mapping[str, float]


def read_budget(path: Path = BUDGET) -> tuple[dict[str, float], float, dict[str, Block]]:
    """What the part has, the tolerance, and the blocks."""
    document = toml.loads(path.read_text())
    blocks = {
        name: Block(
            name,
            entry["module"],
            entry.get("parameters", {}),
            {key: entry[key] for key in RESOURCES if key in entry},
        )
        for name, entry in document["blocks"].items()
    }
    return document["part"], document["tolerance"], blocks


def measure(block: Block) -> dict[str, float]:
    """Synthesise it and count. Needs ``yosys`` on the PATH: seconds, up to a minute."""
    sources = [path.name for path in rtl_sources()]
    settings = [
        f"chparam -set {key} {value} {block.module}; " for key, value in block.parameters.items()
    ]
    script = (
        f"read_verilog -sv {' '.join(sources)}; {''.join(settings)}"
        f"synth_xilinx {OPTIONS} -top {block.module}; stat"
    )
    done = subprocess.run(
        ["yosys", "-p", script],
        cwd=RTL,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    if done.returncode != 0:
        raise SystemExit(f"yosys: {(done.stderr or done.stdout).strip()[-2000:]}")
    return count_cells(done.stdout)


def count_cells(report: str) -> dict[str, float]:
    """Sum up the last table of cells, which is that of the whole hierarchy."""
    table = report.rpartition("Number of cells:")[2].partition("\n\n")[0]
    found = dict.fromkeys(RESOURCES, 0.0)
    for name, number in re.findall(r"^ +(\w+) +(\d+)$", table, re.MULTILINE):
        if name not in PRIMITIVES:
            raise SystemExit(f"yosys made {number} of {name}, which nobody counts: see PRIMITIVES")
        for resource, each in PRIMITIVES[name].items():
            found[resource] += each * int(number)
    return found


def excesses(counts: Mapping[str, float], block: Block, tolerance: float) -> list[str]:
    """What is too much."""
    return [
        f"{block.name}: {counts[key]:g} {key}, the budget is {allowed:g}"
        for key, allowed in block.counts.items()
        if counts[key] > allowed * (1 + tolerance)
    ]


def row(block: Block, counts: Mapping[str, float], part: Mapping[str, float]) -> str:
    """A line of the table: counts, and the share of the part where it has so many of that."""
    cells = [
        f"{counts[key]:g} ({counts[key] / part[key]:.1%})" if key in part else f"{counts[key]:g}"
        for key in RESOURCES
    ]
    return "| " + " | ".join([block.name, *cells]) + " |"


def rewritten(text: str, block: Block, counts: Mapping[str, float]) -> str:
    """The budget file with these counts for the block."""
    head, mark, rest = text.partition(f"[blocks.{block.name}]\n")
    body, blank, tail = rest.partition("\n\n")
    for key in RESOURCES:
        body = re.sub(rf"(?m)^{key} = .*$", f"{key} = {counts[key]:g}", body)
    return head + mark + body + blank + tail


def main() -> None:
    """Measure the named blocks, or all."""
    part, tolerance, blocks = read_budget()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("names", metavar="BLOCK", nargs="*", choices=[*blocks, []])
    parser.add_argument("--write", action="store_true", help="make the counts the new budget")
    options = parser.parse_args()
    print("| " + " | ".join(["block", *RESOURCES]) + " |")
    print("|" + " --- |" * (len(RESOURCES) + 1))
    faults = []
    for name in options.names or blocks:
        counts = measure(blocks[name])
        print(row(blocks[name], counts, part), flush=True)
        faults += excesses(counts, blocks[name], tolerance)
        if options.write:
            BUDGET.write_text(rewritten(BUDGET.read_text(), blocks[name], counts))
    if faults and not options.write:
        raise SystemExit("\n".join(faults))


if __name__ == "__main__":
    main()
