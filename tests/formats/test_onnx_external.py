"""External data: folded in from the model's own folder, and from nowhere else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper

from edgesdk import ModelRefused
from edgesdk.formats import read_source
from edgesdk.formats.onnx import model as onnx_format
from tests.formats.onnx_builder import affine, constant, external, model, save, value

_WEIGHTS = affine().graph.initializer[0].raw_data


def _save(folder: Path, **entries: str) -> Path:
    """The affine model with its weights outside."""
    proto = affine()
    external(proto.graph.initializer[0], **entries)
    return save(proto, folder)


def test_weights_are_folded_in(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "w.bin").write_bytes(b"\1\2\3\4" + _WEIGHTS + b"tail")
    path = _save(tmp_path, location="deep/w.bin", offset="4", length=str(len(_WEIGHTS)))
    source = read_source(path)
    folded = onnx.load_model_from_string(source.content)
    assert folded.graph.initializer[0].raw_data == _WEIGHTS
    assert source.content == affine().SerializeToString(deterministic=True)
    assert read_source(save(affine(), tmp_path)).sha256 == source.sha256


def test_a_length_that_is_not_given_is_the_rest(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(_WEIGHTS)
    assert len(read_source(_save(tmp_path, location="w")).content) > len(_WEIGHTS)


def test_tensors_in_attributes_subgraphs_and_functions_count(tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(np.ones(2, np.float32).tobytes())

    def node(output: str) -> Any:
        made = helper.make_node("Constant", [], [output], value=constant(output, [0, 0]))
        external(made.attribute[0].t, location="w")
        return made

    branch = helper.make_graph([node("b")], "branch", [], [value("b", [2])])
    opset = [helper.make_opsetid("", 21)]
    function = helper.make_function("local", "one", [], ["b"], [node("b")], opset)
    proto = model(
        [
            helper.make_node("If", ["c"], ["i"], then_branch=branch, else_branch=branch),
            helper.make_node("one", [], ["o"], domain="local"),
            helper.make_node("Add", ["i", "o"], ["y"]),
        ],
        [value("c", [], onnx.TensorProto.BOOL)],
        [value("y", [2])],
        opsets=[*opset, helper.make_opsetid("local", 1)],
        functions=[function],
    )
    content = read_source(save(proto, tmp_path)).content
    assert b"location" not in content
    assert content.count(np.ones(2, np.float32).tobytes()) == 3


HOSTILE: dict[str, dict[str, str]] = {
    "an absolute path": {"location": "/etc/passwd"},
    "the folder above": {"location": "../secret"},
    "the folder above, later": {"location": "deep/../../secret"},
    "a hidden step above": {"location": "deep/./w"},
    "a Windows path": {"location": "..\\secret"},
    "a drive": {"location": "C:secret"},
    "an empty step": {"location": "deep//w"},
    "no location": {},
    "an empty location": {"location": ""},
    "a zero byte": {"location": "w\0"},
    "a line break": {"location": "w\n"},
    "a path of 100 folders": {"location": "deep/" * 100 + "w"},
    "a name of 100,000 characters": {"location": "w" * 100_000},
    "a missing file": {"location": "missing"},
    "a folder": {"location": "deep"},
    "a file as a folder": {"location": "w/w"},
    "a link": {"location": "link"},
    "a link to a folder": {"location": "linked/w"},
    "a pipe": {"location": "pipe"},
    "a second name": {"location": "twin"},
    "a negative offset": {"location": "w", "offset": "-1"},
    "an offset past the end": {"location": "w", "offset": "49"},
    "a length past the end": {"location": "w", "length": "49"},
    "a length that wraps": {"location": "w", "offset": "8", "length": str(2**64 - 8)},
    "an offset that is no number": {"location": "w", "offset": "0x10"},
    "other digits": {"location": "w", "offset": "\u0664"},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model's folder with weights, links, a pipe, and a secret outside."""
    (tmp_path / "secret").write_bytes(_WEIGHTS)
    folder = tmp_path / "model"
    (folder / "deep").mkdir(parents=True)
    for file in (folder / "w", folder / "deep" / "w"):
        file.write_bytes(_WEIGHTS)
    (folder / "link").symlink_to(folder / "deep" / "w")
    (folder / "linked").symlink_to(folder / "deep")
    os.link(tmp_path / "secret", folder / "twin")
    os.mkfifo(folder / "pipe")
    return folder


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_locations(what: str, folder: Path) -> None:
    with pytest.raises(ModelRefused) as caught:
        read_source(_save(folder, **HOSTILE[what]))
    assert caught.value.id == "EDGE-0273", caught.value
    assert len(str(caught.value)) < 1000


def test_every_file_is_closed(folder: Path) -> None:
    def opened() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = opened()
    read_source(_save(folder, location="deep/w"))
    for entries in HOSTILE.values():
        with pytest.raises(ModelRefused):
            read_source(_save(folder, **entries))
    assert opened() == before


@pytest.mark.parametrize(
    ("room", "error_id"),
    [(lambda size: size + len(_WEIGHTS), None), (lambda size: size + 20, "EDGE-0270")],
)
def test_the_cap_counts_what_is_folded_in(
    room: Callable[[int], int],
    error_id: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "w").write_bytes(_WEIGHTS)
    path = _save(tmp_path, location="w")
    monkeypatch.setattr(onnx_format, "LARGEST", room(path.stat().st_size))
    if error_id is None:
        read_source(path)
        return
    with pytest.raises(ModelRefused) as caught:
        read_source(path)
    assert caught.value.id == error_id
