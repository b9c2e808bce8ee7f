"""Cycles of the accelerator's vector loops, as the comments in ``hls/kernels`` count them.

A loop costs its turns, and once its pipeline, which the comments give as "about" so much; a test
compares these numbers with the comments.
"""

from __future__ import annotations

from edgesdk.decoder.config import DecoderConfig

from ..weights.axes import VECTOR, padded
from .design import Streaming

WORD = 4  # floats of a word
TILE = 96  # codes

# Cycles to fill pipelines: take_row, scale_row, make_codes, place_rows, activate; the rows of a
# head to the cache.
TAKE_FILL, SCALE_FILL, CODES_FILL, PLACE_FILL, ACTIVATE_FILL = 40, 100, 70, 40, 200
STORE_FILL = 60


def prepare_cycles(design: Streaming, count: int) -> float:
    """``prepare`` of a row: taken and its squares summed, scaled, made codes."""
    codes = padded(count, TILE)
    turns = count / design.summed + (count + codes) / design.vector
    return turns + (TAKE_FILL + SCALE_FILL + CODES_FILL) * design.fill


def place_cycles(design: Streaming, rows: int) -> float:
    """``place_rows``: sums to floats where they belong, queries and keys turned."""
    return rows / design.vector + PLACE_FILL * design.fill


def activate_cycles(design: Streaming, rows: int) -> float:
    """``activate``: the sums of up, and the activation of gate."""
    return rows / design.activation + ACTIVATE_FILL * design.fill


def token_cycles(design: Streaming, config: DecoderConfig) -> float:
    """All vector work of one token in one layer, attention apart: ``prepare`` and ``finish``."""
    width, kv = config.heads * config.head_size, config.kv_heads * config.head_size
    inputs = (config.hidden, width, config.hidden, config.intermediate)
    rows = (width, kv, kv, config.hidden, config.intermediate, config.hidden)
    prepared = sum(prepare_cycles(design, count) for count in inputs)
    placed = sum(place_cycles(design, count) for count in rows)
    return prepared + placed + activate_cycles(design, config.intermediate)


def chunk_cycles(design: Streaming, config: DecoderConfig, tokens: int) -> float:
    """What a chunk takes once in a layer: five reads of parameters, and its rows to the cache."""
    width = config.heads * config.head_size
    vectors = (config.hidden, width, config.hidden, config.intermediate, VECTOR)
    floats = sum(padded(count, VECTOR) for count in vectors)
    parameters = floats / WORD + 5 * design.read_latency
    rows = tokens * config.kv_heads * config.head_size / design.vector
    stored = 2 * (rows + STORE_FILL * design.fill * config.kv_heads)
    return parameters + stored + design.read_latency


def ends_cycles(design: Streaming, config: DecoderConfig, tokens: int) -> float:
    """What a chunk takes before its first layer, and after its last: the final norm, and codes."""
    state = padded(config.hidden, VECTOR) / WORD
    loaded = tokens * (state + config.head_size / WORD + 2 * design.read_latency)
    finished = tokens * (prepare_cycles(design, config.hidden) + state + design.read_latency)
    return loaded + state + design.read_latency + finished
