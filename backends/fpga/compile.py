"""From a ternary decoder to the parts of a bundle for an FPGA."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import partial

from edgesdk.backend import Compiled
from edgesdk.bundle import Requirements
from edgesdk.decoder.compiled import compiled_decoder, continued, decoder_of
from edgesdk.decoder.config import DecoderConfig
from edgesdk.decoder.golden import Golden
from edgesdk.decoder.served_context import served_context, served_note
from edgesdk.decoder.weights import DecoderModel
from edgesdk.errors import ModelRefused, UsageError
from edgesdk.formats import SourceModel

from . import fit
from .bitstream.handoff import bitstream_parts
from .boards import PREFIX, Board, read_board
from .buffers import LEAST_CONTEXT, memory_needed
from .golden import golden_accelerator
from .opening import open_content
from .options import FABRIC, CompileOptions, OpenOptions, from_compile
from .weights.axes import VECTOR, padded
from .weights.layout import PackedShape, bits_per_weight
from .weights.writer import write_model

FILE = "accelerator.bin"
RUNTIME = ">=1"
RESCORED = 16  # logits, where the embedding is the head: its rows are there anyway


def compile_fpga(source: SourceModel, target: str, options: Mapping[str, str]) -> Compiled:
    """Pack the model, and prepare its golden vectors.

    Raises ``ModelRefused``, ``UsageError`` (EDGE-0209 for an option that there is not).
    """
    board = read_board(target.removeprefix(PREFIX))
    chosen, model = from_compile(options), decoder_of(source, "the FPGA's accelerator")
    _check_maxima(model.config, board)
    fabric = bitstream_parts(chosen.bitstream, board) if chosen.bitstream else []
    written, continuation = io.BytesIO(), continued(source)
    context = served_context(chosen.context, model.config.context, least=continuation)
    shape = write_model(model, written, context)
    opening = OpenOptions(head=chosen.head, rescore=_rescored(chosen, shape))
    content = written.getvalue()
    golden = _golden(model, shape, content, opening, continuation)
    requirements = Requirements(
        memory={fit.CMA: _memory(shape, opening, min(shape.context, LEAST_CONTEXT))},
        operators=fit.size_operators(_sizes(model.config)),
        runtime={fit.ENGINE: RUNTIME},
    )
    return compiled_decoder(
        source,
        (FILE, content),
        golden,
        requirements,
        _effective(chosen, opening, shape),
        notes=_notes(shape, model.config.context),
        more=fabric,
    )


def _golden(
    model: DecoderModel, shape: PackedShape, content: bytes, opening: OpenOptions, count: int
) -> Golden:
    """The gate, with the native emulator as the engine that proposes ``count`` tokens."""
    accelerator = partial(golden_accelerator, _memory(shape, opening, shape.context))
    return Golden(
        model,
        partial(open_content, content, accelerator, opening, model.vocabulary, count),
        engine=f"{fit.ENGINE}, emulated",
    )


def _rescored(chosen: CompileOptions, shape: PackedShape) -> int:
    if chosen.rescore and not shape.tied:
        raise UsageError(
            "Only a head that is the embedding has its float rows in the bundle",
            evidence="the model's head is a table of its own",
            next_step="Compile it without rescore",
            code=183,
        )
    if chosen.rescore is None:
        return min(RESCORED, shape.vocabulary) if shape.tied else 0
    return min(chosen.rescore, shape.vocabulary)


def _sizes(config: DecoderConfig) -> dict[str, int]:
    """As they lie in memory."""
    head_size = padded(config.head_size, VECTOR)
    return {
        "hidden": padded(config.hidden, VECTOR),
        "width": config.heads * head_size,
        "intermediate": padded(config.intermediate, VECTOR),
        "head_size": head_size,
    }


def _check_maxima(config: DecoderConfig, board: Board) -> None:
    real = {**vars(config), "width": config.heads * config.head_size}
    over = [
        f"{name} is {size}{'' if size == real[name] else f', {real[name]} and zeros'}, "
        f"{size - board.maxima[name]} more than {board.maxima[name]}"
        for name, size in _sizes(config).items()
        if size > board.maxima[name]
    ]
    if over:
        raise ModelRefused(
            f"The model is too large for the accelerator of the {board.name}",
            evidence="; ".join(over),
            next_step="Use a smaller model, or compile it with --target cpu",
            code=174,
        )


def _memory(shape: PackedShape, opening: OpenOptions, context: int) -> int:
    return memory_needed(shape, context, opening.head == FABRIC)


def _effective(chosen: CompileOptions, opening: OpenOptions, shape: PackedShape) -> dict[str, str]:
    found = {"head": chosen.head, "rescore": str(opening.rescore), "context": str(shape.context)}
    if chosen.clock:
        found["clock"] = f"{chosen.clock:g}"
    if chosen.bitstream is not None:
        found["bitstream"] = chosen.bitstream.name
    return found


def _notes(shape: PackedShape, trained: int) -> tuple[str, ...]:
    bits = f"{bits_per_weight(shape):.3f} bits for a ternary weight, padding and all"
    return (bits, served_note(shape.context, trained))
