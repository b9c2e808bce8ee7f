"""The manifest: one encoding, everything else refused with the id that says why."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edgesdk.bundle import Manifest, Tolerance, limits, strict_json
from edgesdk.bundle.manifest import as_json, decode, encode
from edgesdk.errors import FormatRefused
from edgesdk.tensors import DTYPES, Quantisation, TensorSpec

from .builders import Document, document, encoded, manifest, tensor
from .oracle import accepts

TEXT, SCHEMA, RULE, NEWER, CAP = "EDGE-0813", "EDGE-0814", "EDGE-0815", "EDGE-0819", "EDGE-0812"


def _rich() -> Manifest:
    """Every optional thing, and names as models give them."""
    spec = TensorSpec(
        "séq/Conv:0.out",
        "int8",
        ("batch", 3),
        "dBFS",
        Quantisation((0.1, 1e-7, 2.0), (-128, 0, 127), 1),
        ("rain", "clock", "猫"),
    )
    return replace(
        manifest(),
        inputs=(spec, TensorSpec("text", "string", ())),
        frontend={"name": "log-mel", "hop": 160, "floor": -80.5},
        target="mcu:cortex-m33",
        version="1.2.3-rc.1",
    )


def test_a_manifest_comes_back_equal() -> None:
    for given in (manifest(), _rich()):
        assert decode(encode(given)) == given
        assert encode(decode(encode(given))) == encode(given)


def test_the_encoding_is_the_specified_one() -> None:
    assert encode(manifest()) == encoded(document())
    assert encode(_rich()) == encoded(as_json(_rich()))


def test_numpy_numbers_and_whole_tolerances_encode_as_plain_ones() -> None:
    spec = TensorSpec(
        "x", "int8", (np.int64(2),), "", Quantisation((np.float32(0.5),), (np.int8(3),))
    )
    given = replace(
        manifest(),
        inputs=(spec,),
        security_counter=np.uint32(5),
        golden=replace(manifest().golden, tolerance=Tolerance(0, 1)),
    )
    assert decode(encode(given)) == given


def test_the_schema_knows_every_dtype() -> None:
    dtype = strict_json.schema()["definitions"]["tensor"]["properties"]["dtype"]
    assert dtype["enum"] == list(DTYPES)


def test_the_schema_and_the_limits_agree() -> None:
    schema = strict_json.schema()
    parts, tensors = schema["properties"]["parts"], schema["definitions"]["tensor"]["properties"]
    assert parts["maxItems"] == limits.PARTS
    assert parts["items"]["properties"]["size"]["maximum"] == limits.ARCHIVE
    assert tensors["shape"]["maxItems"] == limits.RANK
    assert tensors["shape"]["items"]["maximum"] == limits.DIMENSION
    assert schema["properties"]["golden"]["properties"]["vectors"]["maximum"] == limits.VECTORS


TEXTS: dict[str, bytes] = {
    "empty": b"",
    "not JSON": b"format: 1",
    "not UTF-8": encoded(document()).replace(b"tiny", b"t\xffny"),
    "overlong UTF-8": encoded(document()).replace(b"tiny", b"t\xc0\xafny"),
    "UTF-16": json.dumps(document()).encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + encoded(document()),
    "cut short": encoded(document())[:-1],
    "trailing data": encoded(document()) + b"{}",
    "trailing newline": encoded(document()) + b"\n",
    "leading space": b" " + encoded(document()),
    "spaces": json.dumps(document(), sort_keys=True).encode(),
    "unsorted keys": json.dumps(document(), separators=(",", ":")).encode(),
    "needless escape": encoded(document()).replace(b"tiny", b"t\\u0069ny"),
    "escaped slash": encoded({**document(), "target": "cpu"}).replace(b"by hand", b"by\\/hand"),
    "duplicate key": encoded(document()).replace(b'"format":1', b'"format":1,"format":1'),
    "duplicate key that hides": encoded(document()).replace(
        b'"security_counter":7', b'"security_counter":7,"security_counter":9'
    ),
    "duplicate key in the depth": encoded(document()).replace(b'"ram":1000', b'"ram":1,"ram":1000'),
    "NaN": encoded(document()).replace(b'"rtol":0.0', b'"rtol":NaN'),
    "Infinity": encoded(document()).replace(b'"rtol":0.0', b'"rtol":Infinity'),
    "infinite by size": encoded(document()).replace(b'"rtol":0.0', b'"rtol":1e999'),
    "huge integer": encoded(document()).replace(b'"format":1', b'"format":1' + b"0" * 5000),
    "whole number for a real one": encoded(document()).replace(b'"rtol":0.0', b'"rtol":0'),
    "another form of a number": encoded(document()).replace(b'"rtol":0.0', b'"rtol":0.00'),
    "nested arrays": b"[" * 65536,
    "nested objects": b'{"a":' * 13000,
    "nested and closed": b"[" * 30000 + b"]" * 30000,
    "comment": b"/* hi */" + encoded(document()),
}


@pytest.mark.parametrize("data", TEXTS.values(), ids=TEXTS)
def test_text_that_is_not_the_one_encoding(data: bytes) -> None:
    _refused(data, TEXT)


@pytest.mark.parametrize("text", ['{"a":1,"a":1}', "[1e999]", "[-1e999]", "[" + "1" * 21 + "]"])
def test_strict_json_refuses_what_reencoding_would_find_later(text: str) -> None:
    with pytest.raises(FormatRefused) as caught:
        strict_json.parse(text.encode())
    assert caught.value.id == TEXT


def test_lone_surrogate() -> None:
    _refused(encoded(document()).replace(b"by hand", b"by\\ud800hand"), TEXT)


def test_over_the_cap_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json, "loads", None)
    _refused(b" " * (limits.MANIFEST + 1), CAP)


def test_exactly_the_cap_is_taken() -> None:
    given = document()
    options = given["provenance"]["options"] = {f"k{i}": "x" * 3000 for i in range(20)}
    for name in options:
        options[name] += "x" * min(limits.MANIFEST - len(encoded(given)), 1000)
    assert len(encoded(given)) == limits.MANIFEST
    assert encode(decode(encoded(given))) == encoded(given)


@pytest.mark.parametrize("data", [b"null", b"true", b"[]", b"1", b'"x"', b"{}"])
def test_other_json_is_not_a_manifest(data: bytes) -> None:
    _refused(data, SCHEMA)


def test_a_newer_format_says_so() -> None:
    error = _refused(encoded({**document(), "format": 2, "brand_new": []}), NEWER)
    assert "Update" in error.next_step


def _set(path: str, value: Any) -> Callable[[Document], None]:
    """Set what a path such as ``parts/0/size`` leads to."""

    def change(given: Document) -> None:
        *way, last = path.split("/")
        place: Any = given
        for step in way:
            place = place[int(step) if step.isdigit() else step]
        place[int(last) if last.isdigit() else last] = value

    return change


NOT_BY_SCHEMA: list[tuple[str, Any]] = [
    ("unknown", 1), ("requirements/unknown", 1), ("parts/0/unknown", 1), ("golden/unknown", 1),
    ("inputs/0/unknown", 1), ("golden/tolerance/unknown", 1), ("provenance/unknown", 1),
    ("format", 0), ("format", True), ("format", "1"), ("format", -1), ("format", None),
    ("name", ""), ("name", "Tiny"), ("name", "a b"), ("name", "../x"), ("name", "x" * 49),
    ("name", "-x"), ("name", "tiny\n"), ("name", 5), ("name", None), ("name", "ti\u0000ny"),
    ("version", "1"), ("version", "1.0"), ("version", "01.0.0"), ("version", "1.0.0.0"),
    ("version", "v1.0.0"), ("version", "1.0.0-"), ("version", "1.0.0\n"), ("version", 1.0),
    ("security_counter", -1), ("security_counter", 2**32), ("security_counter", "7"),
    ("security_counter", True), ("security_counter", 0.5), ("security_counter", 1e20),
    ("target", ""), ("target", "CPU"), ("target", "cpu:"), ("target", "a:b:c"), ("target", ":x"),
    ("requirements", []), ("requirements/memory", []), ("requirements/memory/ram", -1),
    ("requirements/memory/ram", 2**53), ("requirements/memory/RAM", 1),
    ("requirements/memory/ram", 1.5), ("requirements/operators", "Add"),
    ("requirements/operators/0", ""), ("requirements/operators/0", "a\nb"),
    ("requirements/runtime/onnxruntime", 1), ("requirements/runtime/", ">=1"),
    ("requirements/firmware", None), ("inputs", {}), ("inputs/0", []), ("outputs", []),
    ("inputs/0/name", ""), ("inputs/0/name", "x" * 513), ("inputs/0/name", "a\tb"),
    ("inputs/0/name", "a\u009bb"), ("inputs/0/dtype", "float"), ("inputs/0/dtype", "object"),
    ("inputs/0/dtype", []), ("inputs/0/shape", [-1]), ("inputs/0/shape", [2**31]),
    ("inputs/0/shape", [1] * 9), ("inputs/0/shape", [""]), ("inputs/0/shape", [None]),
    ("inputs/0/shape", [True]), ("inputs/0/shape", [1.5]), ("inputs/0/units", 1),
    ("inputs/0/labels", [1]), ("inputs/0/labels", None), ("inputs/0/quantisation", None),
    ("inputs/0/quantisation", {}),
    ("inputs/0/quantisation", {"scales": [], "zero_points": [], "axis": None}),
    ("inputs/0/quantisation", {"scales": [-1.0], "zero_points": [0], "axis": None}),
    ("inputs/0/quantisation", {"scales": [1.0], "zero_points": [0.5], "axis": None}),
    ("inputs/0/quantisation", {"scales": [1.0], "zero_points": [2**63], "axis": None}),
    ("inputs/0/quantisation", {"scales": [1.0], "zero_points": [0], "axis": -1}),
    ("parts", []), ("parts", {}), ("parts/0/name", ""), ("parts/0/name", "../x"),
    ("parts/0/name", "/x"), ("parts/0/name", "a/b"), ("parts/0/name", "a\\b"),
    ("parts/0/name", "Model.bin"), ("parts/0/name", ".hidden"), ("parts/0/name", "x" * 65),
    ("parts/0/name", "a:b"), ("parts/0/name", "mödel"), ("parts/0/name", "x\n"),
    ("parts/0/role", ""), ("parts/0/role", "Model"), ("parts/0/size", -1),
    ("parts/0/size", 2**32 - 1), ("parts/0/size", 10**19), ("parts/0/size", "64"),
    ("parts/0/sha256", "0" * 63), ("parts/0/sha256", "A" * 64), ("parts/0/sha256", None),
    ("golden/vectors", 0), ("golden/vectors", 1025), ("golden/vectors", True),
    ("golden/tolerance/rtol", -0.1), ("golden/tolerance/atol", "0"), ("golden/part", ""),
    ("golden/executor", "a\nb"), ("golden/executor", "x" * 256),
    ("provenance/source_sha256", "0"), ("provenance/options", {"k": 1}),
    ("provenance/options", {"": "x"}), ("provenance/options", {"k": "x" * 4097}),
    ("frontend", []), ("frontend", None), ("frontend", {"k": []}), ("frontend", {"k": {}}),
    ("frontend", {"k": True}), ("frontend", {"k": None}), ("frontend", {"K": 1}),
    ("frontend", {"k": "x" * 257}), ("frontend", {"k": 2**53}),
    ("frontend", {"k": "a\nb"}), ("provenance/options", {"k": "a\x1bb"}),
    ("requirements/firmware", ">=1\n"), ("requirements/runtime/onnxruntime", "\t>=1"),
]  # fmt: skip


def test_the_oracle_accepts_what_is_right() -> None:
    assert accepts(document())
    assert accepts(as_json(_rich()))


@pytest.mark.parametrize(("path", "value"), NOT_BY_SCHEMA)
def test_what_the_schema_refuses(path: str, value: Any) -> None:
    given = document()
    _set(path, value)(given)
    assert not accepts(given)
    _refused(encoded(given), SCHEMA)


@pytest.mark.parametrize("key", [*document(), "requirements/memory", "golden/part", "parts/0/size"])
def test_a_missing_key(key: str) -> None:
    given = document()
    *way, last = key.split("/")
    place: Any = given
    for step in way:
        place = place[int(step) if step.isdigit() else step]
    del place[last]
    _refused(encoded(given), SCHEMA)


def _more_parts(given: Document, count: int, size: int) -> None:
    extra = [
        {"name": f"p{i}", "role": "other", "size": size, "sha256": "0" * 64} for i in range(count)
    ]
    given["parts"] += extra


def _quantised(scales: int, zeros: int, axis: int | None) -> Document:
    return {"scales": [1.0] * scales, "zero_points": [0] * zeros, "axis": axis}


RULES: dict[str, Callable[[Document], Any]] = {
    "two parts of one name": _set("parts/1/name", "model.bin"),
    "part named as the manifest": _set("parts/0/name", "manifest.json"),
    "part named as the signature": _set("parts/0/name", "manifest.sig"),
    "part that goes up": _set("parts/0/name", "a..b"),
    "part that ends in a dot": _set("parts/0/name", "model."),
    "Windows console": _set("parts/0/name", "con"),
    "Windows device with a suffix": _set("parts/0/name", "nul.tar.gz"),
    "Windows serial port": _set("parts/0/name", "com1.bin"),
    "parts of 4 GiB together": lambda given: _more_parts(given, 2, 2**31),
    "parts that overflow 64 bits": lambda given: _more_parts(given, 60, 2**32 - 2),
    "no golden part": _set("parts/2/role", "other"),
    "golden part of another name": _set("golden/part", "model.bin"),
    "golden part that is not there": _set("golden/part", "absent"),
    "two golden parts": _set("parts/0/role", "golden"),
    "two inputs of one name": lambda given: given["inputs"].append(tensor("x", [2])),
    "two outputs of one name": lambda given: given["outputs"].append(tensor("y", [2])),
    "version range that is none": _set("requirements/runtime/onnxruntime", "newest"),
    "firmware range that is none": _set("requirements/firmware", ">=x"),
    "operator listed twice": lambda given: given["requirements"]["operators"].append(
        "ai.onnx:Add:14"
    ),
    "labels for other entries": _set("outputs/0/labels", ["a", "b"]),
    "more scales than zero points": _set("inputs/0/quantisation", _quantised(2, 1, 0)),
    "scales without an axis": _set("inputs/0/quantisation", _quantised(2, 2, None)),
    "axis that is not there": _set("inputs/0/quantisation", _quantised(2, 2, 1)),
}


@pytest.mark.parametrize("change", RULES.values(), ids=RULES)
def test_what_the_rules_refuse(change: Callable[[Document], Any]) -> None:
    given = document()
    change(given)
    _refused(encoded(given), RULE)


def test_65_parts() -> None:
    given = document()
    _more_parts(given, 62, 1)
    _refused(encoded(given), SCHEMA)


@pytest.mark.parametrize(
    ("path", "value"),
    [("security_counter", 7.0), ("parts/0/size", 64.0), ("inputs/0/shape", [2.0])],
)
def test_a_real_number_where_a_whole_one_belongs(path: str, value: float) -> None:
    """JSON Schema takes 7.0 for an integer; there is one encoding, and it is 7."""
    given = document()
    _set(path, value)(given)
    with pytest.raises(FormatRefused):
        decode(encoded(given))


def test_encoding_refuses_what_decoding_would() -> None:
    wrong = [
        replace(manifest(), name="No"),
        replace(manifest(), security_counter=1.5),
        replace(manifest(), parts=()),
        replace(manifest(), provenance=replace(manifest().provenance, source="\ud800")),
        replace(manifest(), golden=replace(manifest().golden, tolerance=Tolerance(float("nan")))),
        replace(manifest(), frontend={"k": np.float32(1)}),
    ]
    for given in wrong:
        with pytest.raises(FormatRefused):
            encode(given)


def _refused(data: bytes, identifier: str) -> FormatRefused:
    with pytest.raises(FormatRefused) as caught:
        decode(data)
    assert caught.value.id == identifier, str(caught.value)
    return caught.value
