"""edgesdk passes a node test case of the onnx package if and only if onnxruntime passes it."""

from __future__ import annotations

from pathlib import Path

import onnx
import onnxruntime
import pytest
from packaging.version import Version

from tests.peers.node_cases import NOT_TENSORS, cases, through_edgesdk, through_onnxruntime

SLICES = 16  # so that making the cases is not part of collecting tests, and processes share them
# With this onnxruntime and onnx, 1427 of 1884 cases pass; every slice has at least this share.
SHARE = 0.65
PINNED = {"onnxruntime": Version("1.31"), "onnx": Version("1.23")}


def _versions_are_pinned() -> bool:
    installed = Version(onnxruntime.__version__), Version(onnx.__version__)
    return installed[0] >= PINNED["onnxruntime"] and installed[1].release[:2] == (1, 23)


def _has_plain_border(model: onnx.ModelProto) -> bool:
    """Whether only tensors of types that an array can carry go in and out."""
    types = [value.type for value in (*model.graph.input, *model.graph.output)]
    return all(t.WhichOneof("value") == "tensor_type" for t in types) and all(
        t.tensor_type.elem_type <= onnx.TensorProto.FLOAT8E5M2FNUZ for t in types
    )


@pytest.mark.parametrize("number", range(SLICES))
def test_as_onnxruntime(number: int, user_folder: Path) -> None:
    names = sorted(cases())[number::SLICES]
    passed, wrong = 0, []
    for name in names:
        library, ours = through_onnxruntime(cases()[name]), through_edgesdk(cases()[name])
        passed += ours.passed
        assert (ours.error_id in NOT_TENSORS) == (not _has_plain_border(cases()[name].model))
        if library.passed != ours.passed and not (library.passed and ours.error_id in NOT_TENSORS):
            wrong.append(f"{name}: onnxruntime: {library.why or 'passes'}; edgesdk: {ours.why}")
    assert not wrong, "\n".join(wrong)
    assert passed >= (SHARE if _versions_are_pinned() else 0.4) * len(names)
