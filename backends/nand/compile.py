"""From a decoder to the parts of a bundle for an NPU with compute in NAND flash."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import partial

from edgesdk.backend import Compiled
from edgesdk.bundle import Requirements
from edgesdk.decoder.served import served_context, served_note
from edgesdk.decoder.vocabulary import vocabulary_parts
from edgesdk.decoder.weights import DecoderModel
from edgesdk.errors import ModelRefused
from edgesdk.formats import SourceModel

from . import fit
from .golden import QuantisedGolden
from .layout import kinds_of
from .opening import in_ram, on_host
from .options import CompileOptions, from_compile
from .protection import Codes, described, page_codes
from .quantise.model_file import ModelFile
from .quantise.model_writer import default_weights, write_model
from .quantise.shape import ModelShape

FILE = "nand.bin"
RUNTIME = ">=1"


def compile_nand(source: SourceModel, target: str, options: Mapping[str, str]) -> Compiled:
    """Quantise the model, and prepare its golden vectors.

    Raises ``ModelRefused``, ``UsageError`` (EDGE-0209 for an option that there is not).
    """
    chosen, model = from_compile(target, options), _decoder(source)
    [continuation] = source.outputs[0].shape
    context = served_context(chosen.context, model.config.context, least=int(continuation))
    written = io.BytesIO()
    weights = chosen.weights or default_weights(model)
    shape = write_model(model, written, weights=weights, context=context, cache=chosen.cache)
    design, content = chosen.design.design, written.getvalue()
    kinds = kinds_of(shape)
    widths = [kind.bits for kind, _ in kinds]
    codes = page_codes(design, widths, chosen.correction, chosen.copies, chosen.compare)
    golden = QuantisedGolden(
        model,
        partial(ModelFile.of, content),
        partial(in_ram, content, design, model.vocabulary, int(continuation)),
        partial(on_host, content, model.vocabulary, int(continuation)),
    )
    vocabulary = vocabulary_parts(model.vocabulary) if model.vocabulary else []
    return Compiled(
        parts=[(FILE, "model", content), *vocabulary],
        requirements=Requirements(
            memory={fit.DRAM: fit.dram_needed(shape, shape.context)},
            operators=fit.operators(kinds),
            runtime={fit.ENGINE: RUNTIME},
        ),
        inputs=source.inputs,
        outputs=source.outputs,
        reference=golden.answers,
        options=_effective(chosen, shape, codes),
        notes=_notes(source, shape, model.config.context),
        samples=golden.samples,
    )


def _decoder(source: SourceModel) -> DecoderModel:
    if source.decoder is None:
        raise ModelRefused(
            f"{source.path.name} is no language model, and the NPU with NAND flash runs no other",
            next_step="Compile it with --target cpu, or give a decoder",
            code=284,
        )
    return source.decoder


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


def _notes(source: SourceModel, shape: ModelShape, trained: int) -> tuple[str, ...]:
    found = (source.metadata.get("note", ""), served_note(shape.context, trained))
    return tuple(note for note in found if note)
