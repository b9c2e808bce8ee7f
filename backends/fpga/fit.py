"""Whether a bundle fits an accelerator: memory, sizes, bitstream, versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from edgesdk.backend import Fit, target_fit
from edgesdk.bundle import Manifest
from edgesdk.fit import memory_fits, no_firmware, runtime_fits
from edgesdk.store.space import free_storage

from .bitstream.fabric import has_fabric
from .boards import Board
from .buffers import LEAST_CONTEXT
from .options import HOST

ENGINE = "edgesdk-accelerator"  # the component that a bundle asks for
VERSION = "1.0"
CMA, STORAGE = "cma", "storage"  # kinds of memory
SIZE = "accelerator"  # what the operators begin with that state a size


def size_operators(sizes: Mapping[str, int]) -> tuple[str, ...]:
    """Sizes that the accelerator has to be built for, as operators of a manifest."""
    return tuple(f"{SIZE}:{name}:{size}" for name, size in sorted(sizes.items()))


def rows(
    manifest: Manifest, board: Board, free: Mapping[str, int], needs_bitstream: bool
) -> Iterator[Fit]:
    """Every line about the model itself. ``free``: bytes of each kind of memory."""
    yield target_fit(manifest, board.target)
    yield from runtime_fits(manifest, {ENGINE: VERSION}, ENGINE)
    notes = {CMA: _holds(manifest.provenance.options)}
    more = _MORE_ON_A_BOARD if needs_bitstream else _MORE_EMULATED
    yield from memory_fits(manifest, free, notes, {CMA: f"; more with {more}"})
    yield _sizes(manifest, board.maxima)
    if needs_bitstream:
        yield _bitstream(manifest)
    yield from no_firmware(manifest, "an FPGA")


def memory(cma: int, store: Path) -> dict[str, int]:
    """Free bytes by kind."""
    return {CMA: cma, STORAGE: free_storage(store)}


_MORE_ON_A_BOARD = "cma=1000M on the kernel's command line"
_MORE_EMULATED = "emu:fpga?memory=MIB"


def _holds(compiled: Mapping[str, str]) -> str:
    """What the contiguous memory is for: ``compile`` asks for a cache of no more than it needs."""
    context = compiled.get("context", "")
    known = context.isdecimal() and len(context) < 10
    tokens = min(int(context), LEAST_CONTEXT) if known else LEAST_CONTEXT
    parts = "weights" if compiled.get("head") == HOST else "weights, head"
    return f"contiguous memory: {parts}, and a cache for {tokens} tokens"


def _sizes(manifest: Manifest, maxima: Mapping[str, int]) -> Fit:
    """The model's sizes against what the board's accelerator is built for."""
    needed, lacking = [], []
    for operator in manifest.requirements.operators:
        kind, _, rest = operator.partition(":")
        name, _, size = rest.partition(":")
        known = kind == SIZE and name in maxima and size.isdecimal() and len(size) < 10
        needed.append(f"{name} {size}" if known else operator)
        if not known:
            lacking.append(f"{operator} is unknown")
        elif int(size) > maxima[name]:
            lacking.append(f"{name} is {int(size) - maxima[name]} too large")
    have = ", ".join(f"{name} {most}" for name, most in sorted(maxima.items()))
    return Fit("sizes", ", ".join(needed) or "any", have, not lacking, "; ".join(lacking))


def _bitstream(manifest: Manifest) -> Fit:
    there = has_fabric(manifest)
    note = (
        ""
        if there
        else "build one as docs/fpga.md says, and compile the model with --option "
        "bitstream=FILE.bit; emu:fpga runs the bundle without one"
    )
    return Fit("bitstream", "one in the bundle", "there" if there else "none", there, note)
