"""Opening a model that is not in a bundle yet: the two sessions that prove its golden vectors."""

from __future__ import annotations

from edgesdk.decoder.weights import Vocabulary

from .design.design import Design
from .memory.in_ram import RamMemory, laid_out
from .memory.layout import model_layout
from .memory.memory import HostMemory
from .quantise.model_file import ModelFile
from .session import NandSession


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
