"""Bundles are written whole and read through one descriptor."""

from __future__ import annotations

import io
import os
import resource
import shutil
import socket
import struct
import subprocess
import sys
import threading
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest

from edgesdk.bundle import Bundle, SignedManifest, atomic, layout, read_bundle, write_bundle
from edgesdk.bundle.golden import decode_vectors, encode_vectors
from edgesdk.bundle.manifest import encode
from edgesdk.errors import EdgeError, FormatRefused, SignatureRefused, UsageError

from .builders import (
    GOLDEN,
    KEY,
    MODEL,
    OTHER,
    OUTPUTS,
    PARTS,
    TRUSTED,
    build,
    document,
    encoded,
    entries,
    header_at,
    manifest,
    whole,
)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.edge"
    write_bundle(path, manifest(), PARTS, KEY)
    return path


def test_the_writer_and_an_independent_one_agree(good: Path) -> None:
    assert good.read_bytes() == whole()


def test_what_was_written_is_read(good: Path) -> None:
    with read_bundle(good, TRUSTED) as bundle:
        assert bundle.manifest == manifest()
        assert bundle.path == good
        assert {part.name: bundle.read_part(part) for part in bundle.manifest.parts} == PARTS
        assert bundle.signed.public_key == KEY.public
    bundle.close()


def test_standard_tools_read_it(good: Path) -> None:
    with zipfile.ZipFile(good) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["manifest.json", "manifest.sig", *PARTS]
        assert archive.read("manifest.json") == encode(manifest())
        golden = np.load(io.BytesIO(archive.read("golden.npz")), allow_pickle=False)
        assert golden["0/in/0"].tolist() == [1, 2]
    if shutil.which("unzip"):
        tested = subprocess.run(["unzip", "-t", good], capture_output=True, text=True, check=False)
        assert tested.returncode == 0 and "No errors" in tested.stdout, tested.stdout


def test_every_content_is_aligned(good: Path) -> None:
    data = good.read_bytes()
    for name, content in {"manifest.json": encode(manifest()), **PARTS}.items():
        offset = header_at(data, name.encode())
        begin = offset + 30 + sum(struct.unpack_from("<HH", data, offset + 26))
        assert begin % 64 == 0 and data[begin : begin + len(content)] == content


def test_parts_come_from_files_too_and_give_the_same_bytes(good: Path, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in PARTS}
    for name, path in files.items():
        path.write_bytes(PARTS[name])
    again = tmp_path / "again.edge"
    write_bundle(again, manifest(), files, KEY)
    assert again.read_bytes() == good.read_bytes()


def test_an_empty_part_and_no_inputs(tmp_path: Path) -> None:
    golden = encode_vectors((), OUTPUTS, [({}, {"y": np.float32([3])})])
    parts = {"model.bin": b"", "golden.npz": golden}
    given = document(parts)
    given["inputs"] = []
    path = tmp_path / "empty.edge"
    path.write_bytes(build(entries(encoded(given), parts=parts)))
    with read_bundle(path, TRUSTED) as bundle:
        model, vectors = bundle.manifest.parts
        assert bundle.read_part(model) == b""
        assert decode_vectors(bundle.read_part(vectors), bundle.manifest)[0][0] == {}


def test_an_empty_part_has_a_hash_too(tmp_path: Path) -> None:
    given = document({**PARTS, "tables.bin": b""})
    given["parts"][1]["sha256"] = "0" * 64
    path = tmp_path / "empty.edge"
    path.write_bytes(build(entries(encoded(given), parts={**PARTS, "tables.bin": b""})))
    with read_bundle(path, TRUSTED) as bundle, pytest.raises(FormatRefused) as caught:
        bundle.open_part(bundle.manifest.parts[1])
    assert caught.value.id == "EDGE-0816"


def test_small_reads_and_threads(good: Path) -> None:
    with read_bundle(good, TRUSTED) as bundle:
        part = bundle.manifest.parts[0]
        stream = bundle.open_part(part)
        assert b"".join(iter(lambda: stream.read(7), b"")) == MODEL
        results: list[bytes] = []
        threads = [
            threading.Thread(target=lambda: results.append(bundle.read_part(part)))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert results == [MODEL] * 8


def test_a_part_of_another_bundle(good: Path) -> None:
    with read_bundle(good, TRUSTED) as bundle, pytest.raises(UsageError) as caught:
        bundle.read_part(manifest({**PARTS, "model.bin": b"x"}).parts[0])
    assert caught.value.id == "EDGE-0250"


def test_any_key_when_none_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "other.edge"
    write_bundle(path, manifest(), PARTS, OTHER)
    read_bundle(path, None).close()
    for trusted in (TRUSTED, set[bytes]()):
        with pytest.raises(SignatureRefused) as caught:
            read_bundle(path, trusted)
        assert caught.value.id == "EDGE-0804"


def test_a_device_verifies_again(good: Path) -> None:
    with read_bundle(good, None) as bundle:
        signed = bundle.signed
    assert SignedManifest.verified(signed.data, signed.signature_member, TRUSTED) == signed
    for member in (b"", signed.signature, signed.signature_member + b"\0"):
        with pytest.raises(SignatureRefused) as caught:
            SignedManifest.verified(signed.data, member, TRUSTED)
        assert caught.value.id == "EDGE-0801"
    with pytest.raises(FormatRefused) as refused:
        SignedManifest.verified(bytes(65537), signed.signature_member, TRUSTED)
    assert refused.value.id == "EDGE-0812"


# The file changes while it is open.


def test_the_name_is_used_once(good: Path) -> None:
    bundle = read_bundle(good, TRUSTED)
    good.rename(good.with_suffix(".old"))
    good.write_bytes(b"evil")
    assert bundle.read_part(bundle.manifest.parts[0]) == MODEL
    bundle.close()


def test_a_content_changed_after_opening_is_refused(good: Path) -> None:
    with read_bundle(good, TRUSTED) as bundle:
        data = good.read_bytes()
        with good.open("r+b") as file:
            file.seek(data.index(b"weights:"))
            file.write(b"W")
        _refused_content(bundle, "EDGE-0816")


def test_a_file_cut_after_opening_is_refused(good: Path) -> None:
    with read_bundle(good, TRUSTED) as bundle:
        os.truncate(good, good.read_bytes().index(b"weights:") + 3)
        _refused_content(bundle, "EDGE-0816")


def _refused_content(bundle: Bundle, identifier: str) -> None:
    with pytest.raises(FormatRefused) as caught:
        bundle.read_part(bundle.manifest.parts[0])
    assert caught.value.id == identifier


def test_the_last_byte_is_not_given_before_the_check(tmp_path: Path) -> None:
    """A consumer that counts bytes and never asks for more must see the refusal too."""
    content = bytes(1_000_000)
    parts = {"model.bin": content, "golden.npz": GOLDEN}
    changed = {**parts, "model.bin": content[:-1] + b"x"}
    path = tmp_path / "bad.edge"
    path.write_bytes(build(entries(encoded(document(parts)), parts=changed)))
    with read_bundle(path, TRUSTED) as bundle:
        stream, got = bundle.open_part(bundle.manifest.parts[0]), 0
        with pytest.raises(FormatRefused):
            while got < len(content):
                got += len(stream.read(4096))
        assert got < len(content)


# What is not a regular file.


def test_a_symbolic_link_to_a_bundle_is_followed(good: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.edge"
    link.symlink_to(good)
    read_bundle(link, TRUSTED).close()


def test_no_bundle_at_all(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "to-pipe").symlink_to(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    cases = {
        tmp_path: "EDGE-0241",
        tmp_path / "pipe": "EDGE-0241",
        tmp_path / "to-pipe": "EDGE-0241",
        Path("/dev/zero"): "EDGE-0241",
        tmp_path / "absent": "EDGE-0240",
        tmp_path / "loop": "EDGE-0240",
        tmp_path / "dangling": "EDGE-0240",
        tmp_path / "pipe" / "below": "EDGE-0240",
        tmp_path / ("x" * 300): "EDGE-0240",
        tmp_path / "zero\0byte": "EDGE-0240",
    }
    for path, identifier in cases.items():
        with pytest.raises(UsageError) as caught:
            read_bundle(path, TRUSTED)
        assert caught.value.id == identifier, path


def test_a_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's name must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s")
        with pytest.raises(UsageError) as caught:
            read_bundle("s", TRUSTED)
    assert caught.value.id == "EDGE-0240"


def test_a_refused_file_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "bad.edge"
    lowest = os.dup(0)  # the system gives the lowest free number, so a leak shows in the next
    os.close(lowest)
    for content in (b"", b"hello", whole()[:-1], whole() + b"x", build(entries(signer=OTHER))):
        path.write_bytes(content)
        with pytest.raises(EdgeError):
            read_bundle(path, TRUSTED)
    again = os.dup(0)
    os.close(again)
    assert again == lowest


def test_gigabytes_are_opened_without_being_read(tmp_path: Path) -> None:
    """A sparse file of nearly 4 GiB: its layout is checked, its content is not touched."""
    given = document()
    given["parts"][0]["size"] = 2**32 - 2**16
    sizes = [("manifest.json", len(encoded(given))), ("manifest.sig", 96)]
    members = layout.plan([*sizes, *((p["name"], p["size"]) for p in given["parts"])])
    path = tmp_path / "large.edge"
    with path.open("wb") as file:
        front = [encoded(given), KEY.public + KEY.sign(encoded(given))]
        crcs = [zlib.crc32(content) for content in front] + [0, 0, 0]
        for member, crc in zip(members, crcs, strict=True):
            file.seek(member.offset)
            file.write(member.local_header(crc))
            file.write(front.pop(0) if front else b"")
        file.seek(members[-1].end)
        file.write(layout.directory(members, crcs))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with read_bundle(path, TRUSTED) as bundle:
        assert bundle.open_part(bundle.manifest.parts[0]).read(10) == bytes(10)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB


def test_an_archive_beyond_32_bits_is_not_laid_out() -> None:
    with pytest.raises(layout.LayoutError):
        layout.plan([("a", 2**31), ("b", 2**31)])
    with pytest.raises(layout.LayoutError):
        layout.plan([("a", 2**32 - 2)])
    with pytest.raises(layout.LayoutError):
        layout.plan((str(i), 0) for i in range(65535))


# Writing.


def test_the_wrong_parts_leave_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "new.edge"
    wrong = [
        {},
        {**PARTS, "more": b""},
        {**PARTS, "model.bin": MODEL[:-1]},
        {**PARTS, "model.bin": MODEL + b"x"},
        {**PARTS, "model.bin": bytes(len(MODEL))},
    ]
    for parts in wrong:
        with pytest.raises(UsageError) as caught:
            write_bundle(path, manifest(), parts, KEY)
        assert caught.value.id == "EDGE-0248"
    with pytest.raises(UsageError) as unreadable:
        write_bundle(path, manifest(), {**PARTS, "model.bin": tmp_path / "absent"}, KEY)
    assert unreadable.value.id == "EDGE-0240"
    with pytest.raises(UsageError) as endless:  # and does not fill the disk first
        write_bundle(path, manifest(), {**PARTS, "model.bin": Path("/dev/zero")}, KEY)
    assert endless.value.id == "EDGE-0248"
    assert not list(tmp_path.iterdir())


def test_the_old_bundle_stays_when_writing_fails(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic.os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_bundle(good, manifest(), PARTS, OTHER)
    assert good.read_bytes() == whole()
    assert list(good.parent.iterdir()) == [good]


def test_a_new_bundle_takes_the_place_of_an_old_one(good: Path) -> None:
    write_bundle(good, manifest(), PARTS, OTHER)
    read_bundle(good, {OTHER.public}).close()
    assert list(good.parent.iterdir()) == [good]


FULL_DISK = """
import resource, sys
from pathlib import Path
from tests.bundle.builders import KEY, PARTS, manifest
from edgesdk.bundle import write_bundle
from edgesdk.errors import EdgeError
resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))
try:
    write_bundle(Path(sys.argv[1]), manifest(), PARTS, KEY)
except EdgeError as error:
    print(error.id)
"""


def test_a_disk_that_takes_no_more(tmp_path: Path) -> None:
    """The kernel itself refuses to write beyond 1,500 bytes."""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, tmp_path / "new.edge"],
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
    )
    assert done.stdout.strip() == "EDGE-0940", done.stderr
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "absent" / "x.edge", tmp_path):
        with pytest.raises(UsageError) as caught:
            write_bundle(path, manifest(), PARTS, KEY)
        assert caught.value.id == "EDGE-0249"


def test_only_the_new_name_is_left_and_others_may_read_it(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        write_bundle(tmp_path / "x.edge", manifest(), PARTS, KEY)
    finally:
        os.umask(old)
    assert list(tmp_path.iterdir()) == [tmp_path / "x.edge"]
    assert (tmp_path / "x.edge").stat().st_mode & 0o777 == 0o644
