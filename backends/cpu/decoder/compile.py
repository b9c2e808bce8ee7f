"""From a decoder as an importer read it to the parts of a bundle for the CPU."""

from __future__ import annotations

import io
from collections.abc import Mapping

from edgesdk.backend import Compiled
from edgesdk.bundle import Requirements
from edgesdk.decoder.compiled import compiled_decoder, continued
from edgesdk.decoder.config import DecoderConfig
from edgesdk.decoder.golden import LEAST_NOISE, Golden
from edgesdk.formats import SourceModel

from .opening import open_content
from .options import INT4, pack_options
from .packed_writer import write_packed
from .session import LEAST_CONTEXT

ENGINE, RUNTIME = "edgesdk-decoder", ">=1"
FILE = "decoder.bin"
RESCORED = 16  # logits, where the embedding is the head: its float rows are there anyway
_ENGINE_RAM = 64 << 20  # bytes: the process, and what a step works in
FOUR_BIT_NOISE = 0.15  # standard deviations of the logits that a 4-bit head may be off


def compile_decoder(source: SourceModel, options: Mapping[str, str]) -> Compiled:
    """Pack a decoder, and prepare its golden vectors.

    Raises ``ModelRefused``, and ``UsageError`` (EDGE-0209) for an option that there is not.
    """
    model = source.decoder
    assert model is not None
    usual = {"rescore": str(RESCORED)} if model.config.tied else {}
    chosen, packed = pack_options({**usual, **options}), io.BytesIO()
    effective = write_packed(model, packed, chosen)
    content = packed.getvalue()
    golden = Golden(
        model,
        lambda: open_content(content, model.vocabulary, continued(source)),
        engine=ENGINE,
        least_noise=LEAST_NOISE + FOUR_BIT_NOISE * (chosen.head == INT4),
        advice="With a 4-bit head, try --option head=int8; else please report it",
    )
    requirements = Requirements(
        memory={"ram": _ENGINE_RAM + len(content) + _cache_bytes(model.config)},
        operators=(),
        runtime={ENGINE: RUNTIME},
    )
    return compiled_decoder(source, (FILE, content), golden, requirements, effective)


def _cache_bytes(config: DecoderConfig) -> int:
    """Of the least cache that a session opens, in float16: a key and a value for each position."""
    positions = min(config.context, LEAST_CONTEXT)
    return 4 * config.layers * config.kv_heads * config.head_size * positions
