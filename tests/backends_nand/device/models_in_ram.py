"""Models that are compiled and not signed: their files and sessions, without any device."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from edgesdk.decoder.weights import DecoderModel
from edgesdk_backends.nand.design.chosen import chosen_design
from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.memory.protection import page_codes
from edgesdk_backends.nand.options import OpenOptions
from edgesdk_backends.nand.quantise.model_file import ModelFile
from edgesdk_backends.nand.quantise.model_writer import write_model
from edgesdk_backends.nand.reliability.settings import ErrorSettings
from edgesdk_backends.nand.studied import StudiedModel


def design(preset: str = "cambricon-s", **options: str) -> Design:
    return chosen_design({"preset": preset, **options}).design


def content_of(model: DecoderModel, weights: str, cache: str = "float16") -> bytes:
    """The model file."""
    written = io.BytesIO()
    write_model(model, written, weights=weights, context=model.config.context, cache=cache)
    return written.getvalue()


def studied(
    model: DecoderModel, weights: str, correction: str = "", *, noise: float = 0.0, **code: Any
) -> StudiedModel:
    """``code``: copies and compare of its correction."""
    file = ModelFile.of(content_of(model, weights))
    device, options = design(), OpenOptions(errors=ErrorSettings(noise=noise))
    widths = [matrix.bits for matrix in file.shape.matrices()]
    codes = page_codes(device, widths, correction, **code)
    return StudiedModel(file, device, codes, options, text=model.vocabulary, continuation=4)


Model = Callable[..., DecoderModel]
