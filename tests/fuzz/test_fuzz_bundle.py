"""Whatever the bytes are, only an ``EdgeError`` may come out of the bundle's readers."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgesdk.bundle import read_bundle, strict_json
from edgesdk.bundle.golden import decode_vectors
from edgesdk.bundle.manifest import decode, encode
from edgesdk.bundle.schema_check import problems
from edgesdk.errors import BundleRefused, EdgeError, FormatRefused

from ..bundle.builders import GOLDEN, KEY, TRUSTED, build, document, encoded, entries, manifest
from ..bundle.builders import whole as valid_bundle

LONG = settings(max_examples=int(os.environ.get("EDGESDK_FUZZ_EXAMPLES", "300")))

Edit = tuple[str, float, bytes]


def _edited(data: bytes, edits: list[Edit]) -> bytes:
    """Replace, insert, delete or cut at places given as fractions of the length."""
    for kind, place, piece in edits:
        at = int(place * len(data))
        if kind == "replace":
            data = data[:at] + piece + data[at + len(piece) :]
        elif kind == "insert":
            data = data[:at] + piece + data[at:]
        elif kind == "delete":
            data = data[:at] + data[at + len(piece) :]
        else:
            data = data[:at]
    return data


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["replace", "insert", "delete", "cut"]),
        st.floats(0, 1),
        st.binary(min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=4,
)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**65), 2**65)
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["float32", "cpu", "a.bin", "golden", "1.0.0", "0" * 64, "x\n"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "fuzzed.edge"


def _read_all(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with read_bundle(path, TRUSTED) as bundle:
        for part in bundle.manifest.parts:
            bundle.read_part(part)


@LONG
@given(EDITS)
def test_changed_bundles(path: Path, edits: list[Edit]) -> None:
    changed = _edited(valid_bundle(), edits)
    if changed == valid_bundle():
        return
    with pytest.raises(BundleRefused):
        _read_all(path, changed)


@LONG
@given(st.binary(max_size=3000) | st.binary(max_size=500).map(lambda tail: b"PK\3\4" + tail))
def test_any_bytes_as_a_bundle(path: Path, content: bytes) -> None:
    with pytest.raises(BundleRefused):
        _read_all(path, content)


@LONG
@given(st.binary(max_size=600) | EDITS.map(lambda edits: _edited(encoded(document()), edits)))
def test_any_bytes_as_a_signed_manifest(path: Path, data: bytes) -> None:
    """Signed by a trusted key, so that it is parsed, in an archive that fits the real parts."""
    path.write_bytes(build(entries(data)))
    try:
        with read_bundle(path, TRUSTED) as bundle:
            given_manifest = bundle.manifest
    except EdgeError:
        return
    assert encode(given_manifest) == data


@LONG
@given(st.binary(max_size=600) | EDITS.map(lambda edits: _edited(encoded(document()), edits)))
def test_any_bytes_as_a_manifest(data: bytes) -> None:
    try:
        given_manifest = decode(data)
    except FormatRefused:
        return
    assert encode(given_manifest) == data


def _places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield way
    if isinstance(value, dict):
        for key in value:
            yield from _places(value[key], (*way, key))
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(item, (*way, index))


def _rich_document() -> dict[str, Any]:
    given = document()
    given["frontend"] = {"name": "log-mel", "hop": 160, "floor": -80.5}
    given["inputs"][0]["quantisation"] = {"scales": [0.5], "zero_points": [3], "axis": None}
    given["inputs"][0]["shape"] = ["batch"]
    given["outputs"][0]["labels"] = ["rain"]
    return given


@st.composite
def changed_documents(draw: st.DrawFn) -> Any:
    """A valid manifest with up to three values, anywhere in it, set, added or taken away."""
    changed: Any = _rich_document()
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(list(_places(changed))[1:]))
        place = changed
        for step in way:
            place = place[step]
        action = draw(st.sampled_from(["set", "add", "remove"]))
        if action == "remove":
            del place[last]
        elif action == "add" and isinstance(place, dict):
            place[draw(st.text(max_size=8))] = draw(JSON)
        else:
            place[last] = draw(JSON)
        if changed == {}:
            break
    return changed


@LONG
@given(changed_documents())
def test_changed_documents(changed: Any) -> None:
    try:
        data = strict_json.canonical(changed)
        given_manifest = decode(data)
    except FormatRefused:
        return
    assert encode(given_manifest) == data


@LONG
@given(changed_documents() | JSON)
def test_two_validators_agree(changed: Any) -> None:
    """Ours, and jsonschema, the reference for Python."""
    from ..bundle.oracle import accepts

    schema = strict_json.schema()
    wrong = list(problems(changed, schema, schema["definitions"]))
    assert (not wrong) == accepts(changed)


@LONG
@given(st.binary(max_size=2000) | EDITS.map(lambda edits: _edited(GOLDEN, edits)))
def test_any_bytes_as_golden_vectors(data: bytes) -> None:
    try:
        decode_vectors(data, manifest())
    except FormatRefused:
        return
    assert data == GOLDEN


@LONG
@given(st.data())
def test_changed_contents_in_a_right_archive(data: st.DataObject) -> None:
    """The archive around is right (also its CRC-32s), so that the arrays' reader is reached."""
    from edgesdk.bundle import layout

    names = ["0/in/0.npy", "0/out/0.npy"]
    contents = [bytes(content) for content in layout.unpack(GOLDEN, names)]
    which = data.draw(st.integers(0, 1))
    contents[which] = _edited(contents[which], data.draw(EDITS))
    changed = layout.pack(list(zip(names, contents, strict=True)))
    try:
        decode_vectors(changed, manifest())
    except FormatRefused:
        return


@LONG
@given(st.binary(max_size=200), st.binary(min_size=90, max_size=100) | st.none())
def test_any_signature(data: bytes, member: bytes | None) -> None:
    from edgesdk.bundle import SignedManifest

    member = KEY.public + KEY.sign(data) if member is None else member
    with pytest.raises(BundleRefused):
        SignedManifest.verified(data, member, TRUSTED)
