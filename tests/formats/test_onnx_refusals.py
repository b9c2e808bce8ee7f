"""ONNX files that must not get past the reader, each with its id."""

from __future__ import annotations

import builtins
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from onnx import TensorProto, helper

from edgesdk import EdgeError, MissingExtra, ModelRefused, UsageError
from edgesdk.formats import read_source
from edgesdk.formats.onnx import model as onnx_format
from tests.formats.onnx_builder import FLOAT, affine, metadata, model, save, value


def _identity(dtype: int, shape: list[int] | None = None) -> Any:
    node = helper.make_node("Identity", ["x"], ["y"])
    return model([node], [value("x", shape or [2], dtype)], [value("y", shape or [2], dtype)])


def _changed(change: Callable[[Any], object]) -> Any:
    proto = affine()
    change(proto)
    return proto


def _of_type(kind: Any) -> Any:
    node = helper.make_node("Identity", ["x"], ["y"])
    names = [helper.make_value_info(name, kind) for name in "xy"]
    return model([node], names[:1], names[1:])


_TENSOR = helper.make_tensor_type_proto(FLOAT, [2])

REFUSED = {
    "no graph": (_changed(lambda p: p.ClearField("graph")), "EDGE-0204"),
    "no opset": (_changed(lambda p: p.ClearField("opset_import")), "EDGE-0204"),
    "an opset of the future": (
        _changed(lambda p: setattr(p.opset_import[0], "version", 10_000)),
        "EDGE-0278",
    ),
    "an IR of the future": (_changed(lambda p: setattr(p, "ir_version", 10_000)), "EDGE-0204"),
    "an unknown operator": (
        _changed(lambda p: setattr(p.graph.node[0], "op_type", "Nothing")),
        "EDGE-0204",
    ),
    "a domain that is not imported": (
        _changed(lambda p: setattr(p.graph.node[0], "domain", "com.example")),
        "EDGE-0204",
    ),
    "an input that nothing makes": (
        _changed(lambda p: p.graph.node[0].input.__setitem__(0, "nobody")),
        "EDGE-0204",
    ),
    "weights that are too short": (
        _changed(lambda p: setattr(p.graph.initializer[0], "raw_data", b"123")),
        "EDGE-0204",
    ),
    "the same metadata twice": (
        metadata(metadata(affine(), labels="[]"), labels="[]"),
        "EDGE-0204",
    ),
    "a sequence": (_of_type(helper.make_sequence_type_proto(_TENSOR)), "EDGE-0271"),
    "an optional": (_of_type(helper.make_optional_type_proto(_TENSOR)), "EDGE-0271"),
    "a map": (
        _of_type(helper.make_map_type_proto(TensorProto.INT64, _TENSOR)),
        "EDGE-0271",
    ),
    "a sparse tensor": (_of_type(helper.make_sparse_tensor_type_proto(FLOAT, [2])), "EDGE-0271"),
    "int4": (_identity(TensorProto.INT4), "EDGE-0272"),
    "nine axes": (_identity(FLOAT, [1] * 9), "EDGE-0275"),
    "a long axis": (_identity(FLOAT, [2**31]), "EDGE-0275"),
    "a tensor of 16 TB": (_identity(FLOAT, [2**21, 2**21]), "EDGE-0275"),
    "a long name": (
        model(
            [helper.make_node("Identity", ["x" * 513], ["y"])],
            [value("x" * 513, [1])],
            [value("y", [1])],
        ),
        "EDGE-0275",
    ),
    "no outputs": (_changed(lambda p: p.graph.ClearField("output")), "EDGE-0275"),
    "an output twice": (_changed(lambda p: p.graph.output.append(p.graph.output[0])), "EDGE-0275"),
    "labels that are no JSON": (metadata(affine(), labels="a, b"), "EDGE-0276"),
    "labels that nest": (metadata(affine(), labels="[" * 100_000), "EDGE-0276"),
    "labels that are numbers": (metadata(affine(), labels="[1, 2, 3, 4]"), "EDGE-0276"),
    "labels that are too few": (metadata(affine(), labels='["a"]'), "EDGE-0276"),
    "a label with a line break": (
        metadata(affine(), labels='["a", "b", "c", "d\\n"]'),
        "EDGE-0276",
    ),
    "units that are no object": (metadata(affine(), units='["m"]'), "EDGE-0276"),
    "units of nothing": (metadata(affine(), units='{"q": "m"}'), "EDGE-0276"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what: str, tmp_path: Path) -> None:
    proto, error_id = REFUSED[what]
    with pytest.raises(ModelRefused) as caught:
        read_source(save(proto, tmp_path))
    assert caught.value.id == error_id, caught.value


@pytest.mark.parametrize("content", [b"", b"\x00", b"PK\x03\x04", b"\x08\x07" * 100, b"\x0a\xff"])
def test_bytes_that_are_no_model(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelRefused) as caught:
        read_source(path)
    assert caught.value.id == "EDGE-0204"


def test_a_model_cut_short_at_any_byte(tmp_path: Path) -> None:
    content = affine().SerializeToString()
    path = tmp_path / "model.onnx"
    refused = 0
    for length in range(len(content)):
        path.write_bytes(content[:length])
        try:  # a cut between two fields may leave a model
            read_source(path)
        except EdgeError as error:
            assert error.exit_code == 2
            refused += 1
    assert refused >= 0.95 * len(content)


def test_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(affine(), tmp_path)
    monkeypatch.setattr(onnx_format, "LARGEST", path.stat().st_size)
    read_source(path)
    monkeypatch.setattr(onnx_format, "LARGEST", path.stat().st_size - 1)
    with pytest.raises(ModelRefused) as caught:
        read_source(path)
    assert caught.value.id == "EDGE-0270"


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.onnx")
    (tmp_path / "folder.onnx").mkdir()
    for name in ("pipe.onnx", "folder.onnx", "missing.onnx"):
        with pytest.raises(UsageError) as caught:
            read_source(tmp_path / name)
        assert caught.value.id == "EDGE-0210"


@pytest.mark.parametrize("suffix", ["onnx", "tflite"])
def test_a_missing_library_names_its_extra(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(name: str, *arguments: Any, **options: Any) -> Any:
        if name in {"onnx", "tflite"} and not options.get("level", (arguments + (0,) * 4)[3]):
            raise ImportError(name)
        return real(name, *arguments, **options)

    real = builtins.__import__
    path = tmp_path / f"model.{suffix}"
    path.write_bytes(b"")
    import edgesdk.formats.tflite.model  # noqa: F401 - before the library goes missing

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match="edgesdk") as caught:
        read_source(path)
    assert "[host]" in caught.value.next_step
