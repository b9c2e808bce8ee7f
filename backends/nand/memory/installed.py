"""The models in a store whose pages a flash keeps, and which of its regions are theirs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path

from edgesdk.bundle import Manifest, limits
from edgesdk.bundle.manifest import decode
from edgesdk.bundle.rules import MANIFEST_NAME
from edgesdk.errors import EdgeError
from edgesdk.store.layout import Layout
from edgesdk.store.reading import read_small
from edgesdk.store.snapshot import read_state
from edgesdk.store.state import SLOTS

from ..design.design import Design
from ..reliability.settings import ErrorSettings
from .layout import Kind, slots_taken
from .operators import read_operators
from .protection import Codes, codes_of, signature

_KEY = 32  # hexadecimal digits of a manifest's SHA-256 that a region's name begins with


def region_name(digest: str, design: Design, kinds: Iterable[Kind], codes: Codes) -> str:
    """Of a model by its manifest's SHA-256 (hex): with another correction, or laid out for another
    design, it is another region."""
    taken = [(kind, slots_taken(design, kind)) for kind in sorted(kinds, key=astuple)]
    tiles = (design.channels, design.cores_per_channel, design.page_bytes, design.core_buffer_bytes)
    laid_out = hashlib.sha256(f"{taken} {tiles} {signature(codes)}".encode()).hexdigest()
    return f"{digest[:_KEY]}-{laid_out[:16]}"


def model_of(region: str) -> str:
    """What all regions of one model begin with."""
    return region.partition("-")[0]


def own_regions(store: Path, design: Design, next_name: str = "") -> dict[str, str]:
    """Of each model in the store, by ``model_of``, its region with its bundle's own correction.

    Models are active, previous and staged; of the name that is deployed next only the active one,
    since a deploy takes the slot of the other.
    """
    found = {}
    layout = Layout(store)
    for name in layout.names():
        slots = [read_state(layout.state(name)).active] if name == next_name else SLOTS
        for slot in filter(None, slots):
            with suppress(OSError, EdgeError):  # no such slot, or one that cannot be opened
                data = read_small(layout.slot(name, slot) / MANIFEST_NAME, limits.MANIFEST)
                digest = hashlib.sha256(data).hexdigest()
                found[digest[:_KEY]] = _own(digest, data, design)
    return found


def _own(digest: str, data: bytes, design: Design) -> str:
    """No name where the manifest, of whatever version, does not say what matrices there are."""
    with suppress(EdgeError, MemoryError, ValueError):
        manifest: Manifest = decode(data)
        kinds = [kind for kind, _ in read_operators(manifest)[0]]
        codes = codes_of(manifest, [kind.bits for kind in kinds], design, ErrorSettings())
        return region_name(digest, design, kinds, codes)
    return ""


def kept(regions: Mapping[str, bool], own: Mapping[str, str], wanted: str = "") -> set[str]:
    """Which regions stay where room is needed for ``wanted``: of each model its own or, where that
    is neither there nor wanted, the first complete one."""
    stay = set()
    for model, name in own.items():
        there = [region for region in regions if model_of(region) == model and regions[region]]
        if name in there:
            stay.add(name)
        elif name != wanted:
            stay.update(there[:1])
    return stay
