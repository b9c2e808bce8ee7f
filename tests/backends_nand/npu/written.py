"""Models written to a file, and their pages in memory, for the tests of products and passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk.decoder.weights import DecoderModel
from edgesdk_backends.nand.design.design import Design
from edgesdk_backends.nand.npu.decoder import QuantisedDecoder
from edgesdk_backends.nand.npu.page_products import PageProducts
from edgesdk_backends.nand.npu.products import Products
from edgesdk_backends.nand.quantise.model_file import ModelFile
from edgesdk_backends.nand.quantise.model_writer import write_model
from edgesdk_backends.nand.quantise.page_layout import PageLayout


def written(model: DecoderModel, path: Path, weights: str, **options: Any) -> ModelFile:
    """The model as a file; its context is the model's own where none is given."""
    settings = {"context": model.config.context, "weights": weights} | options
    with path.open("wb") as file:
        write_model(model, file, **settings)
    return ModelFile.at(path)


def paged(
    file: ModelFile,
    design: Design,
    taken: Mapping[str, Sequence[int]] | None = None,
    **options: Any,
) -> PageProducts:
    """The model's pages in any order, and inverted as a device stores them."""
    layout = PageLayout(file.shape, design, taken)
    numbers = np.random.default_rng(5).permutation(layout.count + 7)[: layout.count]
    store = np.zeros((layout.count + 7, design.page_bytes + design.spare_bytes), np.uint8)
    for name, placed in layout.placed.items():
        contents = layout.contents(file, name)
        store[numbers[placed.first : placed.end], : contents.shape[1]] = contents
    return PageProducts(layout, ~store, numbers, inverted=True, **options)


def logits_of(
    file: ModelFile, products: Products, tokens: Sequence[int], **options: Any
) -> NDArray[np.float32]:
    """Of all tokens, in one step."""
    decoder = QuantisedDecoder(file, products, **options)
    found = np.empty((len(tokens), file.shape.vocabulary), np.float32)
    decoder.step(np.array(tokens, np.int32), found)
    return found


def greedy(decoder: QuantisedDecoder, prompt: Sequence[int], count: int) -> list[int]:
    """The likeliest continuation."""
    logits = np.empty((1, decoder.vocabulary), np.float32)
    decoder.step(np.array(prompt, np.int32), logits)
    found = [int(logits[0].argmax())]
    while len(found) < count:
        decoder.step(np.array(found[-1:], np.int32), logits)
        found.append(int(logits[0].argmax()))
    return found
