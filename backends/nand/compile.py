"""From a decoder to the parts of a bundle for an NPU with compute in NAND flash."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import partial

from edgesdk.backend import Compiled
from edgesdk.bundle import Requirements
from edgesdk.decoder.compiled import compiled_decoder, continued, decoder_of
from edgesdk.decoder.served_context import served_context, served_note
from edgesdk.formats import SourceModel

from . import fit
from .golden import QuantisedGolden
from .memory.dram import dram_needed
from .memory.layout import kinds_of
from .memory.operators import operators
from .memory.protection import Codes, described, page_codes
from .opening import in_ram, on_host
from .options import CompileOptions, from_compile
from .quantise.model_file import ModelFile
from .quantise.model_writer import default_weights, write_model
from .quantise.shape import ModelShape

FILE = "nand.bin"
RUNTIME = ">=1"


def compile_nand(source: SourceModel, target: str, options: Mapping[str, str]) -> Compiled:
    """Quantise the model, and prepare its golden vectors.

    Raises ``ModelRefused``, ``UsageError`` (EDGE-0209 for an option that there is not).
    """
    chosen, model = from_compile(target, options), decoder_of(source, "the NPU with NAND flash")
    written, continuation = io.BytesIO(), continued(source)
    context = served_context(chosen.context, model.config.context, least=continuation)
    weights = chosen.weights or default_weights(model)
    shape = write_model(model, written, weights=weights, context=context, cache=chosen.cache)
    design, content = chosen.design.design, written.getvalue()
    kinds = kinds_of(shape)
    widths = [kind.bits for kind, _ in kinds]
    codes = page_codes(design, widths, chosen.correction, chosen.copies, chosen.compare)
    golden = QuantisedGolden(
        model,
        partial(ModelFile.of, content),
        partial(in_ram, content, design, model.vocabulary, continuation),
        partial(on_host, content, model.vocabulary, continuation),
    )
    requirements = Requirements(
        memory={fit.DRAM: dram_needed(shape, shape.context)},
        operators=operators(kinds),
        runtime={fit.ENGINE: RUNTIME},
    )
    return compiled_decoder(
        source,
        (FILE, content),
        golden,
        requirements,
        _effective(chosen, shape, codes),
        notes=(served_note(shape.context, model.config.context),),
    )


def _effective(chosen: CompileOptions, shape: ModelShape, codes: Codes) -> dict[str, str]:
    """All options as they took effect; a device reads its correction from them."""
    found = {
        "weights": shape.weights,
        "context": str(shape.context),
        "cache": shape.cache,
        "correction": chosen.correction or described(codes),
    }
    if chosen.copies:
        found["copies"] = str(chosen.copies)
    if chosen.compare:
        found["compare"] = chosen.compare
    return found
