"""Every declared width is enough for the largest values there are, and one bit less is not."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from edgesdk_backends.fpga.emulator import builds

from .parts import STRICT

# What is told of each width when it has too few bits: the first value that does not fit.
TOLD = """\
as declared:
CODE_BITS: -127 does not fit a signed integer of 7 bits
TABLE_BITS: -381 does not fit a signed integer of 9 bits
PART_BITS: -2286 does not fit a signed integer of 12 bits
STEP_BITS: -9144 does not fit a signed integer of 14 bits
SUM_BITS: -536448 does not fit a signed integer of 20 bits
HEAD_CODE_BITS: 16383 does not fit a signed integer of 14 bits
HEAD_PART_BITS: 18725769 does not fit a signed integer of 25 bits
HEAD_SUM_BITS: 4394313792 does not fit a signed integer of 33 bits
"""


def test_widths(tmp_path: Path) -> None:
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed: it compiles the kernels with narrower widths")
    program = tmp_path / "narrow"
    source = Path(__file__).with_name("narrow.cpp")
    flags = [*STRICT, "-DEDGE_CHECK", f"-I{builds.HLS / 'kernels'}"]
    subprocess.run(["g++", *flags, source, "-o", program], check=True)
    done = subprocess.run([program], capture_output=True, text=True, check=True)
    assert done.stdout.replace(": \n", ":\n") == TOLD


@pytest.mark.parametrize(
    ("name", "value", "agrees"),
    [
        ("MAX_INTERMEDIATE", 86 * 96, True),
        ("MAX_INTERMEDIATE", 86 * 96 + 16, False),  # 87 tiles: their sums need 22 bits
        ("MAX_INTERMEDIATE", 2048, False),  # arrays of rows would be shorter than hidden
        ("MAX_WIDTH", 6928, False),
        ("MAX_WIDTH", 6912, True),
        ("SUM_BITS", 20, False),
        ("HEAD_SUM_BITS", 33, False),
        ("MAX_HIDDEN", 6912, True),
    ],
)
def test_sizes_and_widths_agree(tmp_path: Path, name: str, value: int, agrees: bool) -> None:
    """Of what a bitstream is built for: else a sum would be cut off in silence."""
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed: it compiles the kernels' sizes")
    kernels = builds.HLS / "kernels"
    text, count = re.subn(
        rf"(int {name} =) [^;]+;", rf"\1 {value};", (kernels / "config.hpp").read_text()
    )
    assert count == 1
    (tmp_path / "config.hpp").write_text(text)
    # The lines of the top function that say what it is built for.
    [chosen] = re.findall(
        r"using C = Default;\n(?:static_assert.*\n)*", (kernels / "decoder.cpp").read_text()
    )
    (tmp_path / "chosen.cpp").write_text(f'#include "config.hpp"\nusing namespace edge;\n{chosen}')
    command = ["g++", "-std=c++14", "-Werror", "-Wall", "-fsyntax-only", tmp_path / "chosen.cpp"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == agrees, done.stderr
    assert agrees or "too narrow" in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [("CHUNK", 8, ""), ("CHUNK", 16, "Walk counts"), ("MAX_WIDTH", 4096, "counted in 8 bits")],
)
def test_attention_counts_no_further_than_its_widths(
    tmp_path: Path, name: str, value: int, told: str
) -> None:
    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed: it compiles the attention for other sizes")
    source = tmp_path / "other.cpp"
    source.write_text(
        '#include "attention.hpp"\n#include "config.hpp"\n'
        f"struct Other : edge::Default {{ static constexpr int {name} = {value}; }};\n"
        "auto used = &edge::attention<Other>;\n"
    )
    command = ["g++", *STRICT, f"-I{builds.HLS / 'kernels'}", "-fsyntax-only", source]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (not told), done.stderr
    assert told in done.stderr
