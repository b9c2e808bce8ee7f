"""The onnx package's node test cases, run through edgesdk and through onnxruntime itself.

Both get the same model and inputs, and both answers are held against the case's expected outputs by
the case's own tolerances.
"""

from __future__ import annotations

import ctypes
import tempfile
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from onnx import TensorProto, numpy_helper

import edgesdk
from edgesdk import EdgeError

# Types that numpy lacks travel as bits: the integer to see them as, and their ONNX type number.
_BITS = {
    "bfloat16": (np.uint16, 16),
    "float8_e4m3fn": (np.uint8, 17),
    "float8_e4m3fnuz": (np.uint8, 18),
    "float8_e5m2": (np.uint8, 19),
    "float8_e5m2fnuz": (np.uint8, 20),
}
# edgesdk's ids for inputs and outputs that are no tensors, or of types that no array can carry.
NOT_TENSORS = ("EDGE-0271", "EDGE-0272")


@cache
def cases() -> dict[str, Any]:
    """Every case by name."""
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy's, from making expected outputs
        return {case.name: case for case in collect_testcases(None)}


def _inputs_and_expected(case: Any) -> tuple[list[Any], list[Any]]:
    """The case's arrays; some cases give tensors of the onnx package, or bare numpy scalars."""
    inputs, expected = case.data_sets[0]
    return [_array(value) for value in inputs], [_array(value) for value in expected]


def _array(value: Any) -> Any:
    if isinstance(value, TensorProto):
        return numpy_helper.to_array(value)
    return np.asarray(value) if isinstance(value, np.generic) else value


@dataclass(frozen=True)
class Outcome:
    """How one case went one way. ``why`` is empty if it passed; ``error_id`` is edgesdk's."""

    why: str = ""
    error_id: str = ""

    @property
    def passed(self) -> bool:
        return not self.why


def through_edgesdk(case: Any) -> Outcome:
    """Compile the case for the CPU with its inputs as samples, open the bundle, run it, compare."""
    inputs, expected = _inputs_and_expected(case)
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{case.name}.onnx"
            path.write_bytes(case.model.SerializeToString())
            given = dict(zip(_names(case.model.graph.input), map(_as_bits, inputs), strict=True))
            with (
                edgesdk.compile(path, "cpu", samples=[given]) as bundle,
                edgesdk.connect(f"cpu:?store={folder}/store") as device,
                device.open_bundle(bundle) as session,
            ):
                results = session.run(given)
                names = [spec.name for spec in session.outputs]
    except EdgeError as error:
        return Outcome(f"{error.what}: {error.evidence}", error.id)
    return _compared([results[name] for name in names], expected, case)


def through_onnxruntime(case: Any) -> Outcome:
    """Run the case with the library alone, and compare."""
    inputs, expected = _inputs_and_expected(case)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(
            case.model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        given = dict(zip(_names(case.model.graph.input), inputs, strict=True))
        names = _names(case.model.graph.output)
        if _needs_bits([*inputs, *expected]):
            results = _run_as_bits(session, names, given, expected)
        else:
            results = session.run(names, given)
    except Exception as error:  # onnxruntime raises a dozen unrelated classes
        return Outcome(f"{type(error).__name__}: {error}")
    return _compared(results, expected, case)


def _names(values: Any) -> list[str]:
    return [value.name for value in values]


def _needs_bits(arrays: list[Any]) -> bool:
    return any(isinstance(a, np.ndarray) and a.dtype.name in _BITS for a in arrays)


def _as_bits(array: Any) -> Any:
    if isinstance(array, np.ndarray) and array.dtype.name in _BITS:
        return array.view(_BITS[array.dtype.name][0])
    return array


def _run_as_bits(session: Any, names: list[str], given: Any, expected: list[Any]) -> list[Any]:
    values = {}
    for name, array in given.items():
        if array.dtype.name in _BITS:
            values[name] = onnxruntime.OrtValue.ortvalue_from_numpy_with_onnx_type(
                np.ascontiguousarray(_as_bits(array)), _BITS[array.dtype.name][1]
            )
        else:
            values[name] = onnxruntime.OrtValue.ortvalue_from_numpy(array)
    results = session.run_with_ort_values(names, values)
    return [_read(value, want) for value, want in zip(results, expected, strict=True)]


def _read(value: Any, want: Any) -> Any:
    if want.dtype.name not in _BITS:
        return value.numpy()
    shape = value.shape()
    raw = ctypes.string_at(value.data_ptr(), int(np.prod(shape)) * want.dtype.itemsize)
    return np.frombuffer(raw, want.dtype).reshape(shape)


def _compared(results: list[Any], expected: list[Any], case: Any) -> Outcome:
    try:
        assert len(results) == len(expected), "the number of outputs differs"
        for got, want in zip(results, expected, strict=True):
            _compare(got, want, case)
    except (AssertionError, TypeError) as error:
        return Outcome(f"the answer differs: {' '.join(str(error).split())[:200]}")
    return Outcome()


def _compare(got: Any, want: Any, case: Any) -> None:
    if want is None or isinstance(want, list):
        assert isinstance(got, type(want)) and len(got or []) == len(want or [])
        for one, other in zip(got or [], want or [], strict=True):
            _compare(one, other, case)
        return
    got = np.asarray(got)
    if isinstance(want, np.ndarray) and want.dtype.name in _BITS:
        got = got.view(want.dtype).astype(np.float32)
        want = want.astype(np.float32)
    want = np.asarray(want)
    assert got.shape == want.shape, f"shape {got.shape}, not {want.shape}"
    if want.dtype.kind in "OUS":
        assert got.astype(str).tolist() == want.astype(str).tolist()
        return
    assert got.dtype == want.dtype, f"dtype {got.dtype}, not {want.dtype}"
    np.testing.assert_allclose(got, want, rtol=case.rtol, atol=case.atol)
