"""A model file, mapped: its numbers checked, no weight copied."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgesdk.decoder.config import DecoderConfig
from edgesdk.decoder.large_tables import all_finite
from edgesdk.errors import FormatRefused
from edgesdk.mapped_file import MappedFile

from .codes import Bytes, Codes, unpacked
from .shape import HEADER, Matrix, damaged, decode_header
from .tables import file_size, tables

Floats = NDArray[np.float32]


class ModelFile:
    """A quantised decoder in a file, from ``offset`` on. A context manager.

    ``shape``: its header. ``names``: of its matrices, in the order of their use. Raises
    ``FormatRefused``: EDGE-0862 (not such a file, or one cut short), EDGE-0863 (another version),
    EDGE-0864 (floats that are no numbers). Arrays hold until ``close``.
    """

    def __init__(self, descriptor: int, offset: int, size: int) -> None:
        try:
            found = MappedFile(descriptor, offset, size)
        except (OSError, ValueError, OverflowError) as error:
            raise damaged(str(error)) from None
        self._read(found, size)

    @classmethod
    def of(cls, content: bytes) -> ModelFile:
        """A model file that is in memory, where it stays."""
        file = cls.__new__(cls)
        file._read(_InMemory(content), len(content))
        return file

    def _read(self, found: MappedFile | _InMemory, size: int) -> None:
        self._file = found
        try:
            self.shape = decode_header(bytes(self._file.content[:HEADER]))
            self._tables = tables(self.shape)
            if file_size(self._tables) != size or len(self._file.content) != size:
                raise damaged(
                    f"its header tells of {file_size(self._tables)} bytes, and it has {size}"
                )
            self._check_finite()
        except BaseException:
            self.close()
            raise
        self._matrices = {matrix.name: matrix for matrix in self.shape.matrices()}
        self.names = tuple(self._matrices)

    @classmethod
    def at(cls, path: Path) -> ModelFile:
        """The file at a path. Also raises ``OSError``."""
        descriptor = os.open(path, os.O_RDONLY)
        try:
            return cls(descriptor, 0, os.fstat(descriptor).st_size)
        finally:
            os.close(descriptor)

    @property
    def config(self) -> DecoderConfig:
        """The decoder's sizes and constants."""
        s = self.shape
        return DecoderConfig(
            vocabulary=s.vocabulary,
            hidden=s.hidden,
            intermediate=s.intermediate,
            layers=s.layers,
            heads=s.heads,
            kv_heads=s.kv_heads,
            head_size=s.head_size,
            context=s.context,
            frequencies=tuple(map(float, self.table("frequencies"))),
            norm_epsilon=s.norm_epsilon,
            activation=s.activation,
            pairing=s.pairing,
            sub_norms=s.sub_norms,
            tied=s.tied,
        )

    def sizes(self, name: str) -> Matrix:
        """Of the matrix with this name."""
        return self._matrices[name]

    def packed(self, name: str) -> Bytes:
        """A matrix as it lies in the file: uint8 [rows, bytes of a row]."""
        return self.table(f"{name}.codes")

    def matrix(self, name: str) -> Codes:
        """A matrix's codes, int8 [rows, inputs]: of 8 bits over the file, of fewer a copy."""
        return self.rows(name, slice(None))

    def rows(self, name: str, rows: slice) -> Codes:
        """The codes of some rows of a matrix: see ``matrix``."""
        matrix = self._matrices[name]
        return unpacked(self.packed(name)[rows], matrix.inputs, matrix.bits)

    def scales(self, name: str) -> Floats:
        """What the sums of each row of a matrix are multiplied with: float32 [rows]."""
        return self.table(f"{name}.scales")

    def smoothing(self, name: str) -> Floats | None:
        """What each input is multiplied with before it is quantised: float32 [inputs], or none."""
        return self.table(f"{name}.smoothing") if self.shape.smoothed else None

    def table(self, name: str) -> NDArray[Any]:
        """A table over the file."""
        table = self._tables[name]
        flat = np.frombuffer(self._file.content, np.uint8, table.size, table.offset)
        return flat.view(table.dtype).reshape(table.shape)

    def close(self) -> None:
        """Unmap it. Safe to call twice."""
        self._file.close()

    def __enter__(self) -> ModelFile:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _check_finite(self) -> None:
        for name, table in self._tables.items():
            if table.dtype != "|u1" and not all_finite(self.table(name).reshape(-1)):
                raise FormatRefused(
                    "The model file has numbers that are infinite, or none",
                    evidence=f"in its table {name}",
                    next_step="Compile the model again: the file is damaged",
                    code=64,
                )


class _InMemory:
    """See ``MappedFile``."""

    def __init__(self, content: bytes) -> None:
        self.content = memoryview(content)

    def close(self) -> None:
        """Let go of it. Safe to call twice."""
        self.content.release()
