"""A source model: what a user brings, read and checked but not yet compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..decoder.weights import DecoderModel
from ..tensors import TensorSpec

LARGEST = 4 * 1024**3 - 1  # bytes: what one part of a bundle may hold


@dataclass(frozen=True)
class SourceModel:
    """A model file as an importer read it.

    ``content`` is one self-contained file (external data folded in). ``operators`` are
    ``domain:Name:version`` (ONNX) or ``tflite:NAME:version``, sorted, without repeats; a custom
    TFLite operator is ``tflite:custom.NAME:version``. ``versions`` are for people and checks,
    for example ``{"opset": "17", "ir": "8"}``. ``metadata`` are the model's own key-value texts.
    ``files`` are what a description names beside itself, by name. ``decoder`` is a decoder-only
    language model, whose weights are read when they are asked for; its ``content`` is empty.
    """

    format: str
    path: Path
    sha256: str
    content: bytes
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    operators: tuple[str, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    decoder: DecoderModel | None = None
