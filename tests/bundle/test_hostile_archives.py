"""Every hostile archive is refused, with its id, quickly, and unparsed unless it is authentic."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edgesdk.bundle import read_bundle, signed
from edgesdk.errors import BundleRefused

from .builders import TRUSTED, directory_at, header_at, whole
from .hostile import CAP, CONTENT, LAYOUT, SHORT, SIGNATURE, SIGNED, UNSIGNED, Attack


def _refusal(path: Path) -> BundleRefused:
    """The error of opening a file and reading every part."""
    with pytest.raises(BundleRefused) as caught, read_bundle(path, TRUSTED) as bundle:
        for part in bundle.manifest.parts:
            bundle.read_part(part)
    return caught.value


@pytest.mark.parametrize("attack", UNSIGNED, ids=str)
def test_not_authentic_is_refused_before_the_manifest_is_parsed(
    attack: Attack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parsed(data: bytes) -> None:
        raise AssertionError("the manifest was parsed")

    monkeypatch.setattr(signed, "decode", parsed)
    path = tmp_path / "hostile.edge"
    path.write_bytes(attack.make())
    assert _refusal(path).id == attack.id


@pytest.mark.parametrize("attack", SIGNED, ids=str)
def test_authentic_but_hostile_is_refused(attack: Attack, tmp_path: Path) -> None:
    path = tmp_path / "hostile.edge"
    path.write_bytes(attack.make())
    if attack.id != CONTENT:
        with pytest.raises(BundleRefused):  # already when it is opened
            read_bundle(path, TRUSTED)
    assert _refusal(path).id == attack.id


def test_all_are_refused_quickly(tmp_path: Path) -> None:
    path = tmp_path / "hostile.edge"
    contents = [attack.make() for attack in UNSIGNED + SIGNED]
    started = time.process_time()
    for content in contents:
        path.write_bytes(content)
        _refusal(path)
    each = (time.process_time() - started) / len(contents)
    print(f"{len(contents)} hostile archives, {each * 1000:.2f} ms each")
    assert len(contents) >= 100


def test_the_names_are_distinct() -> None:
    names = [attack.name for attack in UNSIGNED + SIGNED]
    assert len(set(names)) == len(names)


def test_the_builder_makes_a_bundle_when_nothing_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "good.edge"
    path.write_bytes(whole())
    with read_bundle(path, TRUSTED) as bundle:
        for part in bundle.manifest.parts:
            assert len(bundle.read_part(part)) == part.size


def test_a_file_cut_at_any_byte_is_refused(tmp_path: Path) -> None:
    path, valid = tmp_path / "cut.edge", whole()
    path.write_bytes(valid)
    for length in reversed(range(len(valid))):
        os.truncate(path, length)
        assert _refusal(path).id == "EDGE-0810", length


def test_any_changed_byte_is_refused(tmp_path: Path) -> None:
    """One bit of every byte: headers, padding, content, directory, end record."""
    path, valid = tmp_path / "flipped.edge", whole()
    path.write_bytes(valid)
    for offset in range(len(valid)):
        with _flipped(path, valid, offset, offset % 8):
            assert _refusal(path).id in {LAYOUT, SHORT, SIGNATURE, CAP, CONTENT}


def test_any_bit_of_the_headers_counts(tmp_path: Path) -> None:
    """All eight bits of every byte that is not content, of one part and of the end."""
    path, valid = tmp_path / "flipped.edge", whole()
    path.write_bytes(valid)
    header = range(header_at(valid, b"model.bin"), valid.index(b"weights:"))
    for offset in [*header, *range(directory_at(valid), len(valid))]:
        for bit in range(8):
            with _flipped(path, valid, offset, bit), pytest.raises(BundleRefused):
                read_bundle(path, TRUSTED)


@contextmanager
def _flipped(path: Path, valid: bytes, offset: int, bit: int) -> Iterator[None]:
    """One bit changed in place: writing the file anew each time is slow on some disks."""
    with path.open("r+b", buffering=0) as file:
        file.seek(offset)
        file.write(bytes([valid[offset] ^ 1 << bit]))
        yield
        file.seek(offset)
        file.write(valid[offset : offset + 1])
