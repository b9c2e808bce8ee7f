"""Opening a model where a bundle keeps it: in a store's slot, in a .edge file, in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from edgesdk.bundle import Manifest
from edgesdk.decoder.bundled import continuation_of, vocabulary_of
from edgesdk.decoder.weights import Vocabulary
from edgesdk.errors import UsageError
from edgesdk.store import Source

from .bitstream.fabric import Fabric, clock_of, has_fabric
from .boards import PREFIX, read_board
from .driver.accelerator import Accelerator
from .options import FABRIC, HEADS, RESCORE, OpenOptions
from .places import Place
from .session import FpgaSession
from .weights.layout import PackedShape
from .weights.reader import ModelFile


def open_source(source: Source, place: Place, options: OpenOptions) -> FpgaSession:
    """A model that is installed or in a bundle's file: every part of it is hashed, since all of it
    is read anyway."""
    with ExitStack() as undo:
        file = model_file(source)
        undo.callback(file.close)
        manifest = source.manifest
        text, count = vocabulary_of(manifest, source.read), continuation_of(manifest)
        settled = _settled(options, manifest, file.shape)
        fabric = None
        if place.needs_bitstream and has_fabric(manifest):
            fabric = Fabric(manifest, source.read)
            undo.callback(fabric.close)
        accelerator = place.accelerator(fabric, options.deadline)
        undo.pop_all()
    return FpgaSession(file, accelerator, settled, text, count)


def model_file(source: Source) -> ModelFile:
    """The weights, mapped, once their hash is found right."""
    with source.located() as place:
        return ModelFile(*place)


def open_content(
    content: bytes,
    accelerator: Callable[[], Accelerator],
    options: OpenOptions,
    text: Vocabulary | None,
    continuation: int,
) -> FpgaSession:
    """A model that is not in a bundle yet."""
    with tempfile.TemporaryFile() as written:
        written.write(content)
        written.flush()
        file = ModelFile(written.fileno(), 0, len(content))
    return FpgaSession(file, accelerator(), options, text, continuation)


def _settled(options: OpenOptions, manifest: Manifest, shape: PackedShape) -> OpenOptions:
    """The options with what the bundle says where they say nothing."""
    compiled = manifest.provenance.options
    head = options.head or compiled.get("head", FABRIC)
    try:
        rescored = RESCORE(compiled.get("rescore", "0"))
    except ValueError as error:
        raise _foreign(f"rescore must be {error}") from None
    if head not in HEADS:
        raise _foreign(f"head must be one of {', '.join(HEADS)}")
    rescored = rescored if options.rescore is None else options.rescore
    if rescored and not shape.tied:
        raise UsageError(
            "The bundle lacks the float rows that rescore needs",
            evidence="the model's head is not its embedding",
            next_step="Open it without rescore",
            code=183,
        )
    board = read_board(manifest.target.removeprefix(PREFIX))
    clock = clock_of(manifest) or 0.0
    return replace(options, head=head, rescore=rescored, clock=clock, profile=board.profile)


def _foreign(evidence: str) -> UsageError:
    return UsageError(
        "The bundle's options are not those of an FPGA's model",
        evidence=evidence,
        next_step="Compile the model again",
        code=181,
    )
