"""The line is cut in the middle of a deploy: the old model or the new one, whole."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

import edgesdk
from edgesdk import Bundle, LinkFailed
from tests.backends_ssh.pipe import HERE, script
from tests.backends_ssh.small import bundle
from tests.models.variants import X

BIG = 1 << 20  # bytes of a model that goes in several pieces


@dataclass
class Line:
    """A line to this machine that can be cut."""

    folder: Path
    patch: pytest.MonkeyPatch

    @property
    def address(self) -> str:
        return f"ssh://board/cpu:?store={self.folder / 'models'}"

    def cut(self, which: str, frames: int = 0, extra: int = 0) -> None:
        """From now on it is cut there."""
        relay = f"{sys.executable} -S {HERE / 'relay.py'} {self.folder / 'log'}"
        script(self.folder / "bin" / "ssh-cut", f"{relay} {which} {frames} {extra}")
        self.patch.setenv("EDGESDK_SSH", str(self.folder / "bin" / "ssh-cut"))

    def whole(self) -> None:
        """From now on it is a good one."""
        self.patch.setenv("EDGESDK_SSH", str(self.folder / "bin" / "ssh"))

    def went(self) -> dict[str, tuple[int, int]]:
        """What the last connection carried: frames and bytes."""
        rows = [line.split() for line in (self.folder / "log").read_text().splitlines()[-2:]]
        return {name: (int(frames), int(count)) for name, frames, count in rows}


@pytest.fixture
def line(board: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    return Line(board, monkeypatch)


@dataclass
class Ground:
    """A board with version 1.0.0 (factor 2), set back as often as it takes."""

    line: Line
    new: Bundle

    def back(self) -> None:
        for name in ("models", "state"):
            shutil.rmtree(self.line.folder / name, ignore_errors=True)
        shutil.copytree(self.line.folder / "old", self.line.folder / "models", symlinks=True)

    def runs(self) -> int:
        """The factor of the model that the board runs, asked without any line."""
        with (
            edgesdk.connect(f"cpu:?store={self.line.folder / 'models'}") as device,
            device.open("scale") as session,
        ):
            factor = session.run({"x": X})["y"][0, 1]
            [model] = device.models()
        assert model.version == {2: "1.0.0", 3: "1.1.0"}[int(factor)]
        return int(factor)

    def deploy(self) -> None:
        with edgesdk.connect(self.line.address) as device:
            edgesdk.deploy(self.new, device)


@pytest.fixture
def ground(line: Line) -> Iterator[Ground]:
    with (
        bundle(line.folder, 2, "1.0.0") as first,
        edgesdk.connect(f"cpu:?store={line.folder / 'old'}") as device,
    ):
        edgesdk.deploy(first, device)
    with bundle(line.folder, 3, "1.1.0") as new:
        yield Ground(line, new)


def test_a_deploy_that_is_cut_at_some_frames(
    ground: Ground, record_property: Callable[[str, object], None]
) -> None:
    old, new = cut_everywhere(ground, 19)
    assert old >= 2
    record_property("count:cuts of the line in a deploy through ssh, some frames", old + new)


@pytest.mark.long
def test_a_deploy_that_is_cut_at_every_frame(
    ground: Ground, record_property: Callable[[str, object], None]
) -> None:
    old, new = cut_everywhere(ground, 1)
    assert old > 30
    assert new >= 2  # the answer to confirm was on its way
    record_property("count:cuts of the line in a deploy through ssh, every frame", old + new)


def cut_everywhere(ground: Ground, every: int) -> tuple[int, int]:
    """Cut before some frames, or three bytes into them; how often it was old then, and new."""
    ground.back()
    ground.line.cut("none")
    ground.deploy()
    found = []
    cuts = [
        (which, frame)
        for which, (frames, _) in ground.line.went().items()
        for frame in range(frames)
    ]
    for number, (which, frame) in enumerate(cuts[::every]):
        ground.back()
        ground.line.cut(which, frame, 3 * (number % 2))
        _cut_deploy(ground)
        found.append(ground.runs())
        ground.line.whole()
        ground.deploy()
        assert ground.runs() == 3
    return found.count(2), found.count(3)


def _cut_deploy(ground: Ground) -> None:
    """It fails with a link, or not at all where only the goodbye was cut."""
    try:
        ground.deploy()
    except edgesdk.NoDevice as error:
        assert error.id == "EDGE-0343"  # before the hello
    except LinkFailed as error:
        assert error.id in {"EDGE-0651", "EDGE-0655", "EDGE-0658"}


def large_onnx(folder: Path) -> Path:
    """y = the largest of x + (a megabyte of numbers)."""
    numbers = np.random.default_rng(0).normal(size=(1, BIG // 4)).astype(np.float32)
    nodes = [
        helper.make_node("Add", ["x", "numbers"], ["sums"]),
        helper.make_node("ReduceMax", ["sums"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "large",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1])],
        [numpy_helper.from_array(numbers, "numbers")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, folder / "large.onnx")
    return folder / "large.onnx"


def test_what_the_board_has_is_not_sent_again(line: Line) -> None:
    sample = [{"x": np.ones((1, 1), np.float32)}]
    with edgesdk.compile(large_onnx(line.folder), "cpu", name="large", samples=sample) as made:
        size = made.manifest.part("model").size
        # Answers before it: hello, connect, check, begin, wants, have; then one to each piece of
        # 128 KiB: five have come.
        line.cut("down", 6 + 5)
        with pytest.raises(LinkFailed), edgesdk.connect(line.address) as device:
            edgesdk.deploy(made, device)
        line.cut("none")
        with edgesdk.connect(line.address) as device:
            assert device.models() == ()
            edgesdk.deploy(made, device)
        second = line.went()["up"][1]
    rest = sum(part.size for part in made.manifest.parts) - size
    assert second < size + rest - 5 * (1 << 17) + (1 << 16)


def test_a_cut_while_a_model_runs(line: Line, ground: Ground) -> None:
    """The session says what happened, and closes."""
    ground.back()
    line.cut("down", 5)  # hello, connect, open, and one run with its data
    with edgesdk.connect(line.address) as device, device.open("scale") as session:
        assert session.run({"x": X})["y"][0, 1] == 2
        for identity in ("EDGE-0655", "EDGE-0658"):
            with pytest.raises(LinkFailed) as caught:
                session.run({"x": X})
            assert caught.value.id == identity
        session.close()
        session.close()
