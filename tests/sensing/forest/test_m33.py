"""The forest as it is built for the Cortex-M33, in Unicorn: the host's scores, and instructions."""

from __future__ import annotations

import struct
import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from edgesdk.formats.xgboost import parse_xgboost
from edgesdk.sensing.forest import Forest
from edgesdk.sensing.forest_pack import pack
from edgesdk.sensing.trees import Trees
from tests.backends_mcu.kernels.m33 import ARENA, CODE, FLAGS, OUT, PLAN, ROOT, Machine
from tests.sensing.forest.models import BITS, content_of, drawn_tree, drawn_values, trained


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    folder = tmp_path_factory.mktemp("m33")
    script = folder / "m33.ld"
    script.write_text(
        f"SECTIONS {{ . = {CODE:#x}; .text : {{ *(.text*) *(.rodata*) }} "
        "/DISCARD/ : { *(.ARM.*) *(.comment) } }"
    )
    target = folder / "m33.elf"
    source = ROOT / "firmware" / "lib" / "forest" / "forest.c"
    include = ROOT / "firmware" / "boards" / "common" / "include"
    command = [sys.executable, "-m", "ziglang", "cc", *FLAGS, "-I", str(include), "-T", str(script)]
    command += ["-Wl,--entry=edge_forest_score", "-Wl,--no-gc-sections", "-o", str(target)]
    subprocess.run([*command, str(source)], check=True)
    return Machine(target)


def scored(
    machine: Machine, forest: Forest, values: NDArray[np.int32]
) -> tuple[list[int], list[int]]:
    """Scores of the rows, and instructions of each."""
    machine.uc.mem_write(PLAN, forest.content)
    assert machine.call("edge_forest_check", PLAN, len(forest.content), forest.features, OUT) == 1
    scores, instructions = [], []
    for row in values:
        machine.uc.mem_write(ARENA, row.tobytes())
        machine.instructions.clear()
        word = machine.call("edge_forest_score", OUT, ARENA)
        scores.append(struct.unpack("<i", struct.pack("<I", word))[0])
        instructions.append(machine.instructions.total())
    return scores, instructions


def steps(model: Trees, values: NDArray[np.int32]) -> list[int]:
    """Splits on the ways of each row, all trees together."""
    depths = np.zeros(len(values), np.int64)
    floats = np.ldexp(values.astype(np.float64), -np.array(BITS))
    for tree in model.trees:
        depth = np.zeros(len(tree.left), np.int64)
        for node in tree.splits:
            depth[[tree.left[node], tree.right[node]]] = depth[node] + 1
        depths += depth[tree.leaf_nodes(floats)]
    return depths.tolist()


def test_instructions_of_a_hundred_trees(machine: Machine) -> None:
    """13 for a split, about 9 for a code, 15 to 20 around a tree."""
    values = drawn_values(600)
    model = parse_xgboost(content_of(trained(values, rounds=100, max_depth=9)))
    forest = pack(model, BITS, values)
    scores, instructions = scored(machine, forest, values[:20])
    assert scores == forest.scores(values[:20]).tolist()
    codes = forest.codes(values[:1]).shape[1]
    for count, walked in zip(instructions, steps(model, values[:20]), strict=True):
        assert walked > 300
        assert count <= 13 * walked + 12 * codes + 20 * 100 + 50
    average = np.mean(instructions) / np.mean(steps(model, values[:20]))
    print(f"{np.mean(instructions):.0f} instructions a score, {average:.1f} a split")


def test_the_wide_form(machine: Machine) -> None:
    model = Trees((drawn_tree(3000, 5, 250), drawn_tree(0, 6, 250)), 250)
    values = np.random.default_rng(1).integers(-60, 60, (20, 250)).astype(np.int32)
    forest = pack(model, [0] * 250, values)
    assert forest.content[5] == 15
    scores, _ = scored(machine, forest, values)
    assert scores == forest.scores(values).tolist()


def test_extreme_values(machine: Machine) -> None:
    """Saturating arithmetic of the DSP instructions, against the host's."""
    values = drawn_values(300)
    ends = np.random.default_rng(4).choice([-(2**31), -1, 0, 1, 2**31 - 1], (50, 12))
    model = parse_xgboost(content_of(trained(values, rounds=10)))
    forest = pack(model, BITS, values)
    scores, _ = scored(machine, forest, ends.astype(np.int32))
    assert scores == forest.scores(ends.astype(np.int32)).tolist()


def test_a_damaged_forest_is_refused(machine: Machine) -> None:
    forest = pack(Trees((drawn_tree(9, 4),), 3), (0, 0, 0))
    machine.uc.mem_write(PLAN, forest.content)
    assert machine.call("edge_forest_check", PLAN, len(forest.content), 3, OUT) == 1
    assert machine.call("edge_forest_check", PLAN, len(forest.content), 4, OUT) == 0
    assert machine.call("edge_forest_check", PLAN, len(forest.content) - 2, 3, OUT) == 0
    assert machine.call("edge_forest_check", PLAN + 2, len(forest.content), 3, OUT) == 0
