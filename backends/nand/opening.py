"""Opening a model where a bundle keeps it: in a store's slot, in a .edge file.

And one that is not in a bundle yet, for the two sessions that prove its golden vectors.
"""

from __future__ import annotations

from edgesdk.decoder.bundled import continuation_of, vocabulary_of
from edgesdk.decoder.weights import Vocabulary
from edgesdk.store import Source

from .design.design import Design
from .memory.in_ram import RamMemory, laid_out
from .memory.layout import model_layout
from .memory.memory import HostMemory
from .memory.place import FlashPlace
from .memory.protection import codes_of
from .memory.source import model_file
from .options import OpenOptions
from .quantise.model_file import ModelFile
from .session import NandSession
from .studied import StudiedModel


def open_source(source: Source, place: FlashPlace, options: OpenOptions) -> NandSession:
    """A model that is installed or in a bundle's file, from its pages in flash."""
    text, count = vocabulary_of(source.manifest, source.read), continuation_of(source.manifest)
    return NandSession(place.memory(source, options), text, count, options.context)


def study_source(source: Source, design: Design, options: OpenOptions) -> StudiedModel:
    """The same model in memory, for bit errors of its own."""
    text, count = vocabulary_of(source.manifest, source.read), continuation_of(source.manifest)
    file = model_file(source)
    try:
        widths = [matrix.bits for matrix in file.shape.matrices()]
        codes = codes_of(source.manifest, widths, design, options.errors)
        return StudiedModel(file, design, codes, options, text=text, continuation=count)
    except BaseException:
        file.close()
        raise


def on_host(content: bytes, text: Vocabulary | None, continuation: int) -> NandSession:
    """A model that is not in a bundle yet, its sums made by numpy."""
    return NandSession(HostMemory(ModelFile.of(content)), text, continuation)


def in_ram(
    content: bytes, design: Design, text: Vocabulary | None, continuation: int
) -> NandSession:
    """A model that is not in a bundle yet, laid out as pages of a design."""
    file = ModelFile.of(content)
    try:
        layout = model_layout(design, file.shape)
        memory = RamMemory(file, layout, laid_out(file, layout))
    except BaseException:
        file.close()
        raise
    return NandSession(memory, text, continuation)
