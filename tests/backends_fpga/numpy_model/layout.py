"""A decoder laid out in a device's memory, and an engine driven over it without any driver."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk.decoder.config import RELU2
from edgesdk.decoder.weights import DecoderModel
from edgesdk_backends.fpga.emulator.engine import Engine
from edgesdk_backends.fpga.registers.spec import ADDRESS, BLOCKS, FLAG, OPERATION, STATUS
from edgesdk_backends.fpga.weights.head_rows import port_view
from edgesdk_backends.fpga.weights.layout import sections
from edgesdk_backends.fpga.weights.writer import write_model

PAGE = 4096
BASE = 0x7000_0000  # device address of the first byte; what is not memory must be told apart
BLOCK = BLOCKS["decoder"]
BATCH = 32  # tokens of a call: states and logits have room for so many

Array = NDArray[Any]
Bytes = NDArray[np.uint8]


def packed(model: DecoderModel, context: int) -> dict[str, Array]:
    """What a call reads of a model, by the names of the registers, from the packer's file."""
    file = BytesIO()
    shape = write_model(model, file, context)
    content = np.frombuffer(file.getvalue(), np.uint8)
    arrays = {
        name: content[section.offset : section.offset + section.size]
        for name, section in sections(shape).items()
    }
    del arrays["embedding"]
    rows = arrays.pop("head").view(np.int8).reshape(model.config.vocabulary, -1)
    scales = arrays.pop("head_scales").view(np.float32) / np.float32(16383)
    heads = {f"head_{port}": port_view(rows, port) for port in range(4)}
    return {**arrays, **heads, "head_scales": scales}


class Board:
    """Memory with a model in it, registers, and the calls that a session makes of an engine."""

    def __init__(self, model: DecoderModel, context: int | None = None) -> None:
        self.model, self.context = model, context or model.config.context
        self.embeddings = model.weights.embedding().astype(np.float32)
        self.registers = np.zeros(BLOCK.range // 4, np.uint32)
        self.places: dict[str, tuple[int, int]] = {}  # name: where it starts in memory, its bytes
        arrays = self._arrays()
        for name, content in arrays.items():
            self.places[name] = self._end(), content.nbytes
        self.memory = np.zeros(self._end(), np.uint8)
        for name, content in arrays.items():
            self.bytes_of(name)[:] = np.ascontiguousarray(content).reshape(-1).view(np.uint8)
        self._set_registers()
        self.position = 0

    def bytes_of(self, name: str) -> Bytes:
        start, size = self.places[name]
        return self.memory[start : start + size]

    def set(self, name: str, value: int | float) -> None:
        """Write an input register; a float goes as its pattern, an address as two words."""
        register = BLOCK.register(name)
        place = register.offset // 4
        if isinstance(value, float):
            value = int(np.float32(value).view(np.uint32))
        self.registers[place] = value & 0xFFFFFFFF
        if register.kind == ADDRESS:
            self.registers[place + 1] = value >> 32

    def get(self, name: str) -> int:
        return int(self.registers[BLOCK.offset(name) // 4])

    def start(self, engine: Engine, tokens: Sequence[int], logits_from: int = 0) -> int:
        """One call on new tokens; they count only if it is done."""
        states = self.bytes_of("states").view(np.float32)
        embeddings = self.embeddings[np.asarray(tokens, np.int64)]
        states[: embeddings.size] = embeddings.ravel()
        self.set("start", self.position)
        self.set("tokens", len(tokens))
        self.set("logits_from", logits_from)
        status = engine.start(self.registers, self.memory, BASE)
        assert status == self.get("status")
        if status == STATUS["done"]:
            self.position += len(tokens)
        return status

    def forward(self, engine: Engine, tokens: Sequence[int]) -> NDArray[np.float32]:
        """Logits of all the tokens, [n, vocabulary]."""
        parts = []
        for first in range(0, len(tokens), BATCH):
            part = tokens[first : first + BATCH]
            assert self.start(engine, part) == STATUS["done"]
            parts.append(self.logits(len(part)))
        return np.concatenate(parts)

    def logits(self, count: int) -> NDArray[np.float32]:
        vocabulary = self.model.config.vocabulary
        rows = self.bytes_of("logits").view(np.float32).reshape(BATCH, -1)
        return rows[:count, :vocabulary].copy()

    def states(self, count: int) -> NDArray[np.float32]:
        rows = self.bytes_of("states").view(np.float32).reshape(BATCH, -1)
        return rows[:count].copy()

    def greedy(self, engine: Engine, prompt: Sequence[int], count: int) -> list[int]:
        """The likeliest tokens that follow, one at a time."""
        found = [int(self.forward(engine, prompt)[-1].argmax())]
        while len(found) < count:
            found.append(int(self.forward(engine, found[-1:])[-1].argmax()))
        return found

    def _end(self) -> int:
        """The first page after all that was placed."""
        return max((-(-(start + n) // PAGE) * PAGE for start, n in self.places.values()), default=0)

    def _arrays(self) -> dict[str, Array]:
        config = self.model.config
        cache = config.layers * config.kv_heads * self.context * config.head_size // 2
        caches = ("keys_0", "keys_1", "values_0", "values_1")
        vocabulary = -(-config.vocabulary // 16) * 16
        return {
            **packed(self.model, self.context),
            **{name: np.zeros(cache, np.float16) for name in caches},
            "states": np.zeros((BATCH, config.hidden), np.float32),
            "logits": np.full((BATCH, vocabulary), -1, np.float32),
        }

    def _set_registers(self) -> None:
        config = self.model.config
        width = config.heads * config.head_size
        for name in ("layers", "hidden", "intermediate", "heads", "kv_heads", "head_size"):
            self.set(name, getattr(config, name))
        relu_squared = FLAG["relu_squared"] if config.activation == RELU2 else 0
        self.set("flags", relu_squared | FLAG["sub_norms"] * config.sub_norms | FLAG["head"])
        self.set("operation", OPERATION["forward"])
        self.set("vocabulary", config.vocabulary)
        self.set("context", self.context)
        self.set("epsilon", float(config.norm_epsilon))
        self.set("inverse_hidden", 1 / config.hidden)
        self.set("inverse_width", 1 / width)
        self.set("inverse_intermediate", 1 / config.intermediate)
        self.set("attention_scale", config.head_size**-0.5)
        for name, (start, _) in self.places.items():
            self.set(name, BASE + start)
