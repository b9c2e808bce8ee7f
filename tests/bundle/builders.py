"""Small bundles for the tests, and a ZIP writer in which everything can be made wrong.

The writer shares nothing with edgesdk's own, so that the two check each other.
"""

from __future__ import annotations

import copy
import hashlib
import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from edgesdk.bundle import Manifest
from edgesdk.bundle.golden import encode_vectors
from edgesdk.bundle.manifest import from_json
from edgesdk.bundle.signing import SigningKey
from edgesdk.tensors import TensorSpec

KEY = SigningKey.from_seed(bytes(range(32)))
OTHER = SigningKey.from_seed(bytes(32))
TRUSTED = {KEY.public}

MODEL = b"weights:" + bytes(range(56))
TABLES = b"tables"
INPUTS = (TensorSpec("x", "float32", (2,)),)
OUTPUTS = (TensorSpec("y", "float32", (1,)),)
GOLDEN = encode_vectors(INPUTS, OUTPUTS, [({"x": np.float32([1, 2])}, {"y": np.float32([3])})])
PARTS = {"model.bin": MODEL, "tables.bin": TABLES, "golden.npz": GOLDEN}
_ROLES = {"model.bin": "model", "tables.bin": "tables", "golden.npz": "golden"}

Document = dict[str, Any]


def tensor(name: str, shape: Sequence[int | str]) -> Document:
    return {"name": name, "dtype": "float32", "shape": list(shape), "units": "", "labels": []}


def document(parts: dict[str, bytes] = PARTS) -> Document:
    """A valid manifest as JSON, to change at will."""
    return copy.deepcopy(
        {
            "format": 1,
            "name": "tiny",
            "version": "1.0.0",
            "security_counter": 7,
            "target": "cpu",
            "requirements": {
                "memory": {"ram": 1000},
                "operators": ["ai.onnx:Add:14"],
                "runtime": {"onnxruntime": ">=1.17"},
                "firmware": "",
            },
            "inputs": [tensor("x", [2])],
            "outputs": [tensor("y", [1])],
            "parts": [
                {
                    "name": name,
                    "role": _ROLES.get(name, "other"),
                    "size": len(data),
                    "sha256": hashlib.sha256(data).hexdigest(),
                }
                for name, data in parts.items()
            ],
            "golden": {
                "part": "golden.npz",
                "vectors": 1,
                "tolerance": {"rtol": 0.0, "atol": 0.0},
                "executor": "by hand",
            },
            "provenance": {
                "source": "tiny.onnx",
                "source_sha256": "0" * 64,
                "compiler": "edgesdk 0",
                "options": {},
            },
        }
    )


def manifest(parts: dict[str, bytes] = PARTS) -> Manifest:
    return from_json(document(parts))


def encoded(value: Any) -> bytes:
    """The one encoding, written down a second time."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8")


@dataclass
class Entry:
    """One member of a hostile archive; ``local`` and ``central`` override header fields."""

    name: bytes
    data: bytes
    local: dict[str, Any] = field(default_factory=dict)
    central: dict[str, Any] = field(default_factory=dict)
    extra: bytes | None = None
    gap: bytes = b""  # between this member's data and what follows


def entries(
    data: bytes | None = None,
    signer: SigningKey = KEY,
    parts: dict[str, bytes] = PARTS,
    signature: bytes | None = None,
) -> list[Entry]:
    """The members of a valid bundle, or of one with another manifest or signature member."""
    data = encoded(document(parts)) if data is None else data
    signature = signer.public + signer.sign(data) if signature is None else signature
    contents = {"manifest.json": data, "manifest.sig": signature, **parts}
    return [Entry(name.encode(), content) for name, content in contents.items()]


def build(
    members: Sequence[Entry],
    *,
    end: dict[str, int] | None = None,
    before: bytes = b"",
    directory_gap: bytes = b"",
    comment: bytes = b"",
    after: bytes = b"",
    central_order: Sequence[int] | None = None,
) -> bytes:
    """An archive, valid unless something is overridden."""
    body, directory = before, []
    for member in members:
        offset = len(body)
        body += _local(member, offset) + member.data + member.gap
        directory.append(_central(member, offset))
    order = range(len(members)) if central_order is None else central_order
    central = b"".join(directory[i] for i in order)
    body += directory_gap
    fields = {
        "disk": 0, "start_disk": 0, "here": len(order), "total": len(order),
        "size": len(central), "offset": len(body), "comment": len(comment), **(end or {}),
    }  # fmt: skip
    return body + central + b"PK\5\6" + struct.pack("<4H2LH", *fields.values()) + comment + after


def _common(member: Entry) -> dict[str, Any]:
    size = len(member.data)
    return {
        "version": 10, "flags": 0, "method": 0, "time": 0, "date": 33,
        "crc": zlib.crc32(member.data), "compressed": size, "size": size,
    }  # fmt: skip


def _local(member: Entry, offset: int) -> bytes:
    least = offset + 30 + len(member.name)
    pad = next(n for n in range(6, 70) if (least + n) % 64 == 0)
    aligned = struct.pack("<HHH", 0xD935, pad - 4, 64) + bytes(pad - 6)
    extra = aligned if member.extra is None else member.extra
    fields = {**_common(member), "name": len(member.name), "extra": len(extra), **member.local}
    name = fields.pop("name_bytes", member.name)
    return b"PK\3\4" + struct.pack("<5H3L2H", *fields.values()) + name + extra


def _central(member: Entry, offset: int) -> bytes:
    fields = {
        "made_by": 10, **_common(member), "name": len(member.name), "extra": 0, "comment": 0,
        "disk": 0, "internal": 0, "external": 0, "offset": offset, **member.central,
    }  # fmt: skip
    name = fields.pop("name_bytes", member.name)
    tail = fields.pop("tail", b"")
    return b"PK\1\2" + struct.pack("<6H3L5H2L", *fields.values()) + name + tail


def whole() -> bytes:
    """A valid bundle."""
    return build(entries())


def header_at(archive: bytes, name: bytes) -> int:
    """Where a member's local header begins (its name may stand elsewhere too)."""
    offset = archive.index(b"PK\3\4")
    while archive[offset + 30 : offset + 30 + len(name)] != name:
        offset = archive.index(b"PK\3\4", offset + 1)
    return offset


def directory_at(archive: bytes) -> int:
    """Where the central directory begins."""
    return int.from_bytes(archive[-6:-2], "little")
