"""Hostile archives: what is done to a valid bundle, and the error id that must answer it.

Two tables. ``UNSIGNED``: the file does not carry a signature that holds by a trusted key, so that
the manifest must not be parsed. ``SIGNED``: the manifest is authentic (its signer is malicious or
broken, or everything after the signature was changed).
"""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .builders import (
    KEY,
    OTHER,
    PARTS,
    Entry,
    build,
    directory_at,
    document,
    encoded,
    entries,
    header_at,
    whole,
)

ORDER = 2**252 + 27742317777372353535851937790883648493  # of Ed25519's base point
LAYOUT, SHORT, LONG = "EDGE-0802", "EDGE-0810", "EDGE-0811"
SIGNATURE, UNTRUSTED, CAP, CONTENT = "EDGE-0801", "EDGE-0804", "EDGE-0812", "EDGE-0816"


@dataclass(frozen=True)
class Attack:
    name: str
    id: str
    make: Callable[[], bytes]

    def __str__(self) -> str:
        return self.name


def _change(index: int, *, local: Any = None, central: Any = None, **fields: Any) -> list[Entry]:
    """A valid bundle's members with fields of one changed."""
    members = entries()
    members[index].local.update(local or {})
    members[index].central.update(central or {})
    for name, value in fields.items():
        setattr(members[index], name, value)
    return members


def _edit(index: int, **kwargs: Any) -> Callable[[], bytes]:
    return lambda: build(_change(index, **kwargs))


def _both(index: int, **fields: Any) -> Callable[[], bytes]:
    return _edit(index, local=fields, central=fields)


def _foreign_zip(method: int = zipfile.ZIP_STORED) -> bytes:
    """The right members in the right order, by another tool."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for member in entries():
            archive.writestr(member.name.decode(), member.data)
    return buffer.getvalue()


def _tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("manifest.json"))
    return buffer.getvalue()


def _signature(member: bytes) -> Callable[[], bytes]:
    return lambda: build(entries(signature=member))


def _from_another_bundle() -> bytes:
    other = {**document(), "version": "2.0.0"}
    return build(entries(signature=KEY.public + KEY.sign(encoded(other))))


def _malleable() -> bytes:
    """The same signature with its scalar plus the group's order, which RFC 8032 forbids."""
    signature = KEY.sign(encoded(document()))
    scalar = int.from_bytes(signature[32:], "little") + ORDER
    return build(entries(signature=KEY.public + signature[:32] + scalar.to_bytes(32, "little")))


def _forged_by_small_order_key() -> bytes:
    """Key and R are the neutral element, S is 0: the equation holds for every message."""
    neutral = (1).to_bytes(32, "little")
    return build(entries(signature=neutral + neutral + bytes(32)))


def _manifest_flip() -> bytes:
    data = encoded(document())
    forged = data.replace(b'"security_counter":7', b'"security_counter":9')
    return build(entries(data=forged, signature=KEY.public + KEY.sign(data)))


def _zip64_manifest() -> bytes:
    size = len(encoded(document()))
    extra = struct.pack("<HHQQ", 1, 16, size, size)
    return build(_change(0, extra=extra, local={"compressed": 0xFFFFFFFF, "size": 0xFFFFFFFF}))


def _zip64_part() -> bytes:
    extra = struct.pack("<HHQQ", 1, 16, len(PARTS["model.bin"]), len(PARTS["model.bin"]))
    return build(_change(2, extra=extra, local={"compressed": 0xFFFFFFFF, "size": 0xFFFFFFFF}))


def _deflated(index: int) -> Callable[[], bytes]:
    def make() -> bytes:
        members = entries()
        raw = members[index].data
        packed = zlib.compress(raw, 9)[2:-4]
        fields = {"method": 8, "size": len(raw), "crc": zlib.crc32(raw)}
        members[index] = Entry(members[index].name, packed, dict(fields), dict(fields))
        return build(members)

    return make


def _truncated(where: Callable[[bytes], int]) -> Callable[[], bytes]:
    return lambda: whole()[: where(whole())]


def _renamed(index: int, name: bytes) -> Callable[[], bytes]:
    return _edit(index, name=name)


def _reordered(*order: int) -> Callable[[], bytes]:
    return lambda: build([entries()[i] for i in order])


def _zip64_end() -> bytes:
    """A Zip64 end record and its locator before the plain end record."""
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 5, 5, 0, 0)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(whole()), 1)
    valid = whole()
    return valid[:-22] + record + locator + valid[-22:]


def _swapped_content() -> bytes:
    """Another bundle's part, of the same name and size, with a right CRC-32."""
    return build(entries(data=encoded(document()), parts={**PARTS, "tables.bin": b"TABLES"}))


def _wrong_crc() -> bytes:
    return build(_change(2, local={"crc": 1}, central={"crc": 1}))


def _overlapping() -> bytes:
    """The directory sends two names to one member's bytes."""
    valid = entries()
    offset = header_at(build(valid), b"model.bin")
    return build(_change(3, central={"offset": offset}))


UNSIGNED = [
    Attack("empty file", SHORT, lambda: b""),
    Attack("one byte", SHORT, lambda: b"P"),
    Attack("magic only", SHORT, lambda: b"PK\3\4"),
    Attack("text file", LAYOUT, lambda: b"hello, world\n" * 99),
    Attack("ELF file", LAYOUT, lambda: b"\x7fELF" + bytes(500)),
    Attack("gzip file", LAYOUT, lambda: gzip.compress(whole())),
    Attack("tar file", LAYOUT, _tar),
    Attack("zeros", LAYOUT, lambda: bytes(100_000)),
    Attack("empty ZIP", LAYOUT, lambda: build([])),
    Attack("the same members by another ZIP tool", LAYOUT, _foreign_zip),
    Attack("compressed by another ZIP tool", LAYOUT, lambda: _foreign_zip(zipfile.ZIP_DEFLATED)),
    Attack("prefix data", LAYOUT, lambda: b"#!/bin/sh\n" + whole()),
    Attack("prefix data with offsets adjusted", LAYOUT, lambda: build(entries(), before=bytes(64))),
    Attack("local header cut in the middle", SHORT, _truncated(lambda v: 17)),
    Attack("cut in the manifest", SHORT, _truncated(lambda v: 200)),
    Attack("cut before the signature", SHORT, _truncated(lambda v: header_at(v, b"manifest.sig"))),
    Attack("cut in the signature", SHORT,
           _truncated(lambda v: header_at(v, b"manifest.sig") + 120)),
    Attack("compressed manifest", LAYOUT, _deflated(0)),
    Attack("compressed signature", LAYOUT, _deflated(1)),
    Attack("encrypted manifest", LAYOUT, _both(0, flags=1)),
    Attack("strongly encrypted manifest", LAYOUT, _both(0, flags=0x41)),
    Attack("manifest with a data descriptor", LAYOUT, _both(0, flags=8)),
    Attack("manifest with a name in UTF-8", LAYOUT, _both(0, flags=0x800)),
    Attack("manifest in Zip64", CAP, _zip64_manifest),
    Attack("manifest that claims 64 KiB and 1", CAP, _both(0, size=65537, compressed=65537)),
    Attack("manifest that claims 2 GiB", CAP, _both(0, size=2**31, compressed=2**31)),
    Attack("manifest that claims a byte less", LAYOUT,
           lambda: build(_change(0, local={"size": len(encoded(document())) - 1,
                                           "compressed": len(encoded(document())) - 1}))),
    Attack("manifest that claims a byte more", LAYOUT,
           lambda: build(_change(0, local={"size": len(encoded(document())) + 1,
                                           "compressed": len(encoded(document())) + 1}))),
    Attack("manifest sizes that differ", LAYOUT, _both(0, compressed=5)),
    Attack("manifest really over 64 KiB", CAP,
           lambda: build(entries(encoded({**document(), "units": "x" * 65536})))),
    Attack("manifest with another name", LAYOUT, _renamed(0, b"Manifest.json")),
    Attack("manifest below a folder", LAYOUT, _renamed(0, b"x/manifest.js")),
    Attack("manifest with a name that goes up", LAYOUT, _renamed(0, b"../anifest.js")),
    Attack("manifest not aligned", LAYOUT, _edit(0, extra=b"")),
    Attack("manifest with data hidden in the padding", LAYOUT,
           _edit(0, extra=struct.pack("<HHH", 0xD935, 17, 64) + b"x" * 15)),
    Attack("signature first", LAYOUT, _reordered(1, 0, 2, 3, 4)),
    Attack("no signature", LAYOUT, _reordered(0, 2, 3, 4)),
    Attack("no manifest", LAYOUT, _reordered(1, 2, 3, 4)),
    Attack("two manifests", LAYOUT, _reordered(0, 0, 1, 2, 3, 4)),
    Attack("signature a byte short", LAYOUT, lambda: build(entries(signature=bytes(95)))),
    Attack("signature a byte long", LAYOUT, lambda: build(entries(signature=bytes(97)))),
    Attack("empty signature", LAYOUT, lambda: build(entries(signature=b""))),
    Attack("zero signature", SIGNATURE, _signature(KEY.public + bytes(64))),
    Attack("zero key and signature", SIGNATURE, _signature(bytes(96))),
    Attack("all ones key and signature", SIGNATURE, _signature(b"\xff" * 96)),
    Attack("signature of another bundle", SIGNATURE, _from_another_bundle),
    Attack("signature under another's key", SIGNATURE,
           lambda: build(entries(signature=KEY.public + OTHER.sign(encoded(document()))))),
    Attack("signature with the key replaced", SIGNATURE,
           lambda: build(entries(signature=OTHER.public + KEY.sign(encoded(document()))))),
    Attack("signature in the other order", SIGNATURE,
           lambda: build(entries(signature=KEY.sign(encoded(document())) + KEY.public))),
    Attack("malleable signature", SIGNATURE, _malleable),
    Attack("signature forged with a key of small order", SIGNATURE, _forged_by_small_order_key),
    Attack("manifest changed after signing", SIGNATURE, _manifest_flip),
    Attack("resigned by a key that is not trusted", UNTRUSTED,
           lambda: build(entries(signer=OTHER))),
    Attack("untrusted and nested deep", UNTRUSTED,
           lambda: build(entries(b"[" * 60_000, OTHER))),
]  # fmt: skip

SIGNED = [
    Attack("cut after the signature", SHORT,
           _truncated(lambda v: header_at(v, b"model.bin"))),
    Attack("cut in a part's header", SHORT, _truncated(lambda v: header_at(v, b"model.bin") + 30)),
    Attack("cut in a part", SHORT, _truncated(lambda v: v.index(b"weights:") + 9)),
    Attack("cut in the directory", SHORT, _truncated(lambda v: directory_at(v) + 50)),
    Attack("cut in the end record", SHORT, _truncated(lambda v: len(v) - 21)),
    Attack("a byte short", SHORT, _truncated(lambda v: len(v) - 1)),
    Attack("a zero byte at the end", LONG, lambda: whole() + b"\0"),
    Attack("trailing data", LONG, lambda: whole() + b"x" * 4096),
    Attack("a second archive at the end", LONG, lambda: whole() + whole()),
    Attack("archive comment", LONG, lambda: build(entries(), comment=b"hi")),
    Attack("archive comment that hides an end record", LONG,
           lambda: build(entries(), comment=build([]))),
    Attack("comment length without a comment", LAYOUT,
           lambda: build(entries(), end={"comment": 1})),
    Attack("member comment", LONG, _edit(2, central={"comment": 2, "tail": b"hi"})),
    Attack("extra field in the directory", LONG,
           _edit(2, central={"extra": 4, "tail": bytes(4)})),
    Attack("duplicate member", LONG, _reordered(0, 1, 2, 2, 3, 4)),
    Attack("extra member", LONG, lambda: build([*entries(), Entry(b"evil.so", b"\x7fELF")])),
    Attack("extra empty member", LONG, lambda: build([*entries(), Entry(b"x", b"")])),
    Attack("missing member", SHORT, _reordered(0, 1, 2, 4)),
    Attack("only the signed manifest", SHORT, _reordered(0, 1)),
    Attack("reordered members", LAYOUT, _reordered(0, 1, 3, 2, 4)),
    Attack("reordered directory", LAYOUT,
           lambda: build(entries(), central_order=[0, 1, 3, 2, 4])),
    Attack("directory lists a member twice", LONG,
           lambda: build(entries(), central_order=[0, 1, 2, 2, 3, 4])),
    Attack("directory hides a member", SHORT,
           lambda: build(entries(), central_order=[0, 1, 2, 4])),
    Attack("case clash", LAYOUT, _renamed(3, b"MODEL.BINx")),
    Attack("path traversal in both headers", LAYOUT, _renamed(2, b"../el.bin")),
    Attack("path traversal in the local header", LAYOUT,
           _edit(2, local={"name_bytes": b"../el.bin"})),
    Attack("path traversal in the directory", LAYOUT,
           _edit(2, central={"name_bytes": b"../el.bin"})),
    Attack("absolute path", LAYOUT, _renamed(2, b"/tmp/evil")),
    Attack("drive letter", LAYOUT, _renamed(2, b"C:\\vil.bi")),
    Attack("zero byte in a name", LAYOUT, _renamed(2, b"model\0bin")),
    Attack("name that is too long", LONG, _renamed(2, b"x" * 65535)),
    Attack("name length that lies", LAYOUT, _edit(2, local={"name": 8})),
    Attack("directory entry", LAYOUT, _renamed(2, b"model.bi/")),
    Attack("symbolic link", LAYOUT,
           _edit(2, central={"made_by": 3 << 8 | 10, "external": 0o120777 << 16})),
    Attack("device node", LAYOUT,
           _edit(2, central={"made_by": 3 << 8 | 10, "external": 0o060666 << 16})),
    Attack("DOS directory attribute", LAYOUT, _edit(2, central={"external": 0x10})),
    Attack("text attribute", LAYOUT, _edit(2, central={"internal": 1})),
    Attack("compressed part", SHORT, _deflated(4)),
    Attack("part said to be compressed", LAYOUT, _both(2, method=8)),
    Attack("method that lies in the directory", LAYOUT, _edit(2, central={"method": 8})),
    Attack("encrypted part", LAYOUT, _both(2, flags=1)),
    Attack("encrypted in the directory", LAYOUT, _edit(2, central={"flags": 1})),
    Attack("data descriptor", LAYOUT,
           _edit(2, local={"flags": 8, "crc": 0, "size": 0, "compressed": 0},
                 gap=b"PK\7\10" + bytes(12))),
    Attack("part in Zip64", LAYOUT, _zip64_part),
    Attack("Zip64 end record", LONG, _zip64_end),
    Attack("overlapping members", LAYOUT, _overlapping),
    Attack("gap between members", LAYOUT, _edit(2, gap=b"\0")),
    Attack("gap of 64 bytes between members", LONG, _edit(2, gap=bytes(64))),
    Attack("gap before the directory", LONG,
           lambda: build(entries(), directory_gap=bytes(64))),
    Attack("data hidden in the padding", LAYOUT,
           _edit(2, extra=struct.pack("<HHH", 0xD935, 30, 64) + b"evil" * 7)),
    Attack("CRC-32 that lies in the directory", LAYOUT, _edit(2, central={"crc": 1})),
    Attack("CRC-32 that lies in the local header", LAYOUT, _edit(2, local={"crc": 1})),
    Attack("CRC-32 of the manifest that lies", LAYOUT, _both(0, crc=1)),
    Attack("CRC-32 of the signature that lies", LAYOUT, _both(1, crc=1)),
    Attack("CRC-32 that lies twice", CONTENT, _wrong_crc),
    Attack("part of another bundle", CONTENT, _swapped_content),
    Attack("size that lies up in the local header", LAYOUT, _edit(2, local={"size": 65})),
    Attack("size that lies down in the local header", LAYOUT, _edit(2, local={"size": 63})),
    Attack("size that lies up in the directory", LAYOUT, _edit(2, central={"size": 65})),
    Attack("size that lies down in the directory", LAYOUT, _edit(2, central={"size": 63})),
    Attack("size of 4 GiB less 1", LAYOUT, _both(2, size=2**32 - 1, compressed=2**32 - 1)),
    Attack("offset that lies", LAYOUT, _edit(2, central={"offset": 2**32 - 1})),
    Attack("old date", LAYOUT, _both(2, date=0)),
    Attack("time of day", LAYOUT, _both(2, time=1)),
    Attack("version that needs another reader", LAYOUT, _both(2, version=45)),
    Attack("another disk in the directory", LAYOUT, _edit(2, central={"disk": 1})),
    Attack("another disk in the end record", LAYOUT, lambda: build(entries(), end={"disk": 1})),
    Attack("end record with fewer members", LAYOUT, lambda: build(entries(), end={"here": 4})),
    Attack("end record with more members", LAYOUT,
           lambda: build(entries(), end={"total": 65535})),
    Attack("end record with a wrong size", LAYOUT, lambda: build(entries(), end={"size": 0})),
    Attack("end record with a wrong offset", LAYOUT,
           lambda: build(entries(), end={"offset": 2**32 - 1})),
]  # fmt: skip
