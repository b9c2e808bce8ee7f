"""A packed file, mapped: every number of it checked, no weight copied."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from edgesdk.decoder.config import DecoderConfig
from edgesdk.errors import UsageError
from edgesdk.mapped_file import MappedFile

from . import layout
from .layout import Expected, Section, Shape, damaged
from .native import ffi, lib


class PackedDecoder:
    """A packed decoder that lies in a file, from ``offset`` on. A context manager.

    ``shape``: the numbers of its header. ``sections``: by name. ``frequencies``: float32. Raises
    ``VerificationMismatch`` (EDGE-0761) for a file that no writer makes, and ``UsageError``
    (EDGE-02139) for one that cannot be read. Pointers into it hold until ``close``.
    """

    def __init__(self, file: Path | str | int, offset: int = 0, size: int | None = None) -> None:
        with _opened(file) as descriptor:
            total = os.fstat(descriptor).st_size
            self.size = total - offset if size is None else size
            if offset < 0 or self.size < 0 or offset + self.size > total:
                raise damaged(f"it should be bytes {offset} to {offset + self.size} of {total}")
            if self.size < layout.HEADER.size:
                raise damaged(f"it has {self.size} bytes, which is less than its header")
            if offset % layout.ALIGNMENT:
                raise damaged(f"it begins at {offset}, which {layout.ALIGNMENT} does not divide")
            self._file = _mapped(descriptor, offset, self.size)
        self._bytes = self._file.content
        self._pointer = ffi.from_buffer(self._bytes)
        try:
            self._parse()
        except BaseException:
            self.close()
            raise

    @property
    def config(self) -> DecoderConfig:
        """The sizes and constants, and whether its linear layers are floats."""
        kinds = {section.kind for section in self.sections.values()}
        return DecoderConfig(
            **{name: getattr(self.shape, name) for name in layout.MOST},
            frequencies=tuple(self.frequencies.tolist()),
            norm_epsilon=self.shape.epsilon,
            activation=layout.activation_of(self.shape),
            sub_norms=self.shape.sub_norms,
            tied=self.shape.tied,
            provenance={"linear": "ternary" if kinds & layout.TERNARY else "floats"},
        )

    def pointer(self, section: Section) -> object:
        """The address of a section's content, as a C pointer."""
        return self._pointer + section.offset

    def array(self, name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """A float32 section as an array over the file."""
        section = self.sections[name]
        return np.frombuffer(self._bytes, "<f4", section.rows * section.depth, section.offset)

    def close(self) -> None:
        """Unmap it. Safe to call twice."""
        self._pointer = None
        self._file.close()

    def __enter__(self) -> PackedDecoder:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _parse(self) -> None:
        self.shape, count = _header(bytes(self._bytes[: layout.HEADER.size]), self.size)
        front = layout.front_bytes(self.shape, count)
        if front > self.size:
            raise damaged(f"its table of {count} sections goes beyond its end")
        place, half = layout.HEADER.size, self.shape.head_size // 2
        self.frequencies = np.frombuffer(self._bytes, "<f4", half, place).copy()
        if not np.isfinite(self.frequencies).all():
            raise damaged("its frequencies are not finite")
        place += 4 * half
        table = bytes(self._bytes[place : place + count * layout.SECTION.size])
        self.sections = _sections(self.shape, table, front, self.size)
        for name in self.sections:
            if name.endswith(("norm", "head_scales")) and not np.isfinite(self.array(name)).all():
                raise damaged(f"{name} is not finite")


@contextmanager
def _opened(file: Path | str | int) -> Iterator[int]:
    """A descriptor of its own for a path; a given one as it is."""
    if isinstance(file, int):
        yield file
        return
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise _not_readable(error) from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _mapped(descriptor: int, offset: int, size: int) -> MappedFile:
    try:
        return MappedFile(descriptor, offset, size)
    except (OSError, ValueError) as error:  # a folder, a device
        raise _not_readable(error) from None


def _not_readable(error: Exception) -> UsageError:
    return UsageError("The packed decoder cannot be read", evidence=str(error), code=139)


def _header(data: bytes, size: int) -> tuple[Shape, int]:
    """The shape, and the number of sections."""
    magic, version, count, *numbers, epsilon, total = layout.HEADER.unpack(data)
    if magic != layout.MAGIC or version != layout.VERSION:
        raise damaged("it does not begin as a packed decoder of version 1 does")
    *sizes, activation, flags, rescore = numbers
    if any(data[-24:]) or flags & ~(layout.SUB_NORMS | layout.TIED):
        raise damaged("its header has bits that version 1 does not know")
    if total != size:
        raise damaged(f"it has {size} bytes, and says that it has {total}")
    shape = Shape(
        **dict(zip(layout.MOST, sizes, strict=True)),
        activation=activation,
        sub_norms=bool(flags & layout.SUB_NORMS),
        tied=bool(flags & layout.TIED),
        rescore=rescore,
        epsilon=epsilon,
    )
    if fault := shape.fault():
        raise damaged(fault)
    return shape, count


def _sections(shape: Shape, table: bytes, front: int, size: int) -> dict[str, Section]:
    rows = [Section(*fields) for fields in layout.SECTION.iter_unpack(table)]
    expected = list(layout.expected_sections(shape))
    if len(rows) > len(expected):
        expected += layout.head_sections(shape, rows[len(expected)].kind)
    if len(rows) != len(expected) or not (shape.tied or "head" in {e.name for e in expected}):
        raise damaged(f"it has {len(rows)} sections, and should have {len(expected)}")
    end = front
    for section, wanted in zip(rows, expected, strict=True):
        _check(section, wanted, end)
        end = layout.aligned(section.offset + section.size)
    if end != size:
        raise damaged(f"its sections end at {end}, and it has {size} bytes")
    return {wanted.name: section for section, wanted in zip(rows, expected, strict=True)}


def _check(section: Section, wanted: Expected, offset: int) -> None:
    right = (
        section.kind in wanted.kinds
        and (section.rows, section.depth) == (wanted.rows, wanted.depth)
        and section.offset == offset
        and section.size == layout.content_bytes(section.kind, section.rows, section.depth)
        and (section.scale == 1 or section.kind in layout.TERNARY)
        and abs(section.scale) < float("inf")
    )
    if not right:
        raise damaged(f"its section {wanted.name} is not what it should be: {section}")


def described(packed: PackedDecoder) -> tuple[object, object, list[object]]:
    """``edge_shape *`` and ``edge_weights *``, and what must live as long as they are used."""
    shape = ffi.new("struct edge_shape *")
    for name in ffi.typeof("struct edge_shape").fields:
        setattr(shape, name[0], getattr(packed.shape, name[0]))
    layers = ffi.new("struct edge_layer[]", packed.shape.layers)
    for index in range(packed.shape.layers):
        _describe_layer(packed, index, layers[index])
    frequencies = ffi.new("float[]", packed.frequencies.tolist())
    weights = ffi.new("struct edge_weights *")
    weights.layers, weights.frequencies = layers, frequencies
    weights.final_norm = ffi.cast("float *", packed.pointer(packed.sections["final_norm"]))
    weights.embedding = _matrix(packed, "embedding")
    head = "head" if "head" in packed.sections else "embedding"
    weights.head = _matrix(packed, head)
    weights.exact = _matrix(packed, exact_rows(packed) or head)
    return shape, weights, [layers, frequencies]


def exact_rows(packed: PackedDecoder) -> str | None:
    """The section with float rows of the head, None where there is none."""
    if "exact_head" in packed.sections:
        return "exact_head"
    return "embedding" if packed.shape.tied else None


def _describe_layer(packed: PackedDecoder, index: int, layer: object) -> None:
    for field, kind in ffi.typeof("struct edge_layer").fields:
        section = packed.sections.get(f"layers.{index}.{field}")
        if kind.type.kind == "struct":
            linear = getattr(layer, field)
            linear.matrix = _matrix(packed, f"layers.{index}.{field}")
            linear.scale = section.scale if section else 0
        elif section:
            setattr(layer, field, ffi.cast("float *", packed.pointer(section)))


def _matrix(packed: PackedDecoder, name: str) -> object:
    section, matrix = packed.sections[name], ffi.new("struct edge_matrix *")
    matrix.blocks = ffi.cast("uint8_t *", packed.pointer(section))
    matrix.rows, matrix.depth, matrix.packing = section.rows, section.depth, section.kind
    if section.kind == lib.EDGE_INT8:
        scales = packed.sections["head_scales"]
        matrix.scales = ffi.cast("float *", packed.pointer(scales))
    return matrix[0]
