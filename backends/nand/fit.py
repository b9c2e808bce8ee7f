"""Whether a bundle fits a device: pages on every die, room for the correction, the cache's DRAM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgesdk.backend import Fit, target_fit
from edgesdk.bundle import Manifest
from edgesdk.errors import EdgeError
from edgesdk.fit import memory_fits, no_firmware, runtime_fits
from edgesdk.store.space import free_storage

from .design.consistency import TAG_BYTES
from .design.design import Design
from .memory.layout import pages_by_die
from .memory.operators import Kinds, read_operators
from .memory.protection import codes_of, described
from .quantise.codes import row_bytes
from .reliability.settings import ErrorSettings

ENGINE = "edgesdk-nand"  # the component that a bundle asks for
VERSION = "1.0"
DRAM, STORAGE = "dram", "storage"  # kinds of memory


@dataclass(frozen=True)
class Free:
    """What a device has left: pages [channels, cores of a channel], bytes of each memory.

    ``in_use``: open sessions read pages that would be free else.
    """

    pages: NDArray[np.int64]
    memory: Mapping[str, int]
    in_use: bool = False


def rows(
    manifest: Manifest, design: Design, free: Free, errors: ErrorSettings, preset: str = ""
) -> Iterator[Fit]:
    """Every line about the model itself.

    ``errors``: may name another correction. ``preset``: as the address has it, where it is a file.
    """
    option = f"--option preset={preset}" if preset.endswith(".toml") else ""
    yield target_fit(manifest, design.target, option)
    yield from runtime_fits(manifest, {ENGINE: VERSION}, ENGINE)
    notes = {DRAM: "keys and values of the context, the embedding"}
    shorter = {DRAM: ": compile it with a shorter --option context=NUMBER"}
    yield from memory_fits(manifest, free.memory, notes, shorter)
    kinds, unknown = read_operators(manifest)
    yield _matrices(manifest, kinds, unknown)
    if not unknown and _plausible(manifest, kinds):
        yield from _pages(design, kinds, free)
        yield _spare(manifest, design, kinds, errors)
    yield from no_firmware(manifest, "an emulator")


def context(manifest: Manifest, asked: int) -> Iterator[Fit]:
    """Whether the model has as many positions as an address asks for; 0 asks for none."""
    served = manifest.provenance.options.get("context", "")
    if asked and served.isdecimal() and len(served) < 10:
        fits = asked <= int(served)
        note = "" if fits else "leave context out of the address, or compile with a longer one"
        yield Fit("context of the address", str(asked), served, fits, note)


def _spare(manifest: Manifest, design: Design, kinds: Kinds, errors: ErrorSettings) -> Fit:
    """The correction of this device's pages, whose size may be another than the target's."""
    room, name = design.spare_bytes - TAG_BYTES, "spare bytes of a page"
    try:
        codes = codes_of(manifest, [kind.bits for kind, _ in kinds], design, errors)
    except EdgeError as error:
        told = f"{error.what}: {error.evidence}"
        return Fit(name, "a correction that fits", f"{room}", False, told)
    size = max(code.size for code in codes.values())
    return Fit(name, f"{size} for the correction", f"{room}", size <= room, described(codes))


def memory(design: Design, store: Path) -> dict[str, int]:
    """Free bytes by kind."""
    return {DRAM: int(design.dram_gb * 1e9), STORAGE: free_storage(store)}


def _matrices(manifest: Manifest, kinds: Kinds, unknown: Sequence[str]) -> Fit:
    """What the manifest says of the matrices, against the size of its model file."""
    count = sum(count for _, count in kinds)
    have = f"a model file of {_model_bytes(manifest)} bytes"
    if unknown:
        told = ", ".join(operator[:40] for operator in unknown[:4])
        return Fit("matrices", told, have, False, "unknown: compile the model again")
    fits = _plausible(manifest, kinds)
    note = (
        "weights alone" if fits else "the manifest tells of other matrices: compile the model again"
    )
    return Fit("matrices", f"{count}, {_weight_bytes(kinds)} bytes in all", have, fits, note)


def _plausible(manifest: Manifest, kinds: Kinds) -> bool:
    """Whether there are matrices, and the model file can hold them: a layout takes memory."""
    return bool(kinds) and _weight_bytes(kinds) <= _model_bytes(manifest)


def _weight_bytes(kinds: Kinds) -> int:
    return sum(count * kind.rows * row_bytes(kind.inputs, kind.bits) for kind, count in kinds)


def _model_bytes(manifest: Manifest) -> int:
    return sum(part.size for part in manifest.parts if part.role == "model")


def _pages(design: Design, kinds: Kinds, left: Free) -> Iterator[Fit]:
    """Pages in all, and on the die that has the least left over."""
    try:
        needed = pages_by_die(design, kinds)
    except (EdgeError, MemoryError, ValueError) as error:
        why = error.what if isinstance(error, EdgeError) else str(error)
        yield Fit("flash pages", "a layout", "none", False, why)
        return
    free = left.pages
    total, have = int(needed.sum()), int(free.sum())
    weights = total * design.page_bytes / 1e9
    disk = total * (design.page_bytes + design.spare_bytes) / 1e9
    note = f"{weights:.3g} GB of weights; {disk:.3g} GB of the host's disk, where they are new"
    yield Fit("flash pages", str(total), str(have), total <= have, note)
    after = np.where(needed > 0, free - needed, np.iinfo(np.int64).max)
    channel, core = np.unravel_index(int(after.argmin()), after.shape)
    fits = bool(after.min() >= 0)
    why = "an open session reads pages that are not needed else: close it" if left.in_use else ""
    where = f"channel {channel}, die {core}"
    if not fits:
        where += f": {why or 'a larger model than the flash'}"
    yield Fit(
        "pages of the fullest die",
        str(needed[channel, core]),
        str(free[channel, core]),
        fits,
        where,
    )
