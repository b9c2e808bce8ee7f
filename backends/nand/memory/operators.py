"""A model's matrices as operators of a manifest: what a device must have room for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from edgesdk.bundle import Manifest

from .layout import Kind

_MATRIX = re.compile(r"matrix:([0-9]{1,7})x([0-9]{1,7}):w([248])a(8|16):([0-9]{1,6})")

Kinds = Sequence[tuple[Kind, int]]


def operators(kinds: Kinds) -> tuple[str, ...]:
    """The operators: matrices, and how many there are of each kind."""
    found = [
        f"matrix:{kind.rows}x{kind.inputs}:w{kind.bits}a{8 * kind.activation_bytes}:{count}"
        for kind, count in kinds
    ]
    return tuple(sorted(found))


def read_operators(manifest: Manifest) -> tuple[Kinds, list[str]]:
    """The matrices, and what is none."""
    kinds, unknown = [], []
    for operator in manifest.requirements.operators:
        if found := _MATRIX.fullmatch(operator):
            rows, inputs, bits, activation, count = (int(text) for text in found.groups())
            kinds.append((Kind(rows, inputs, bits, activation // 8), count))
        else:
            unknown.append(operator)
    return kinds, unknown
