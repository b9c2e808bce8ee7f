"""One walk over every part of an ONNX model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.protobuf.message import Message
    from onnx import ModelProto, TensorProto


class NotText(ValueError):
    """A text field that holds other bytes, which protobuf then gives as bytes."""


def tensors_of(model: ModelProto) -> list[TensorProto]:
    """Every tensor anywhere: initialisers, attributes, subgraphs, functions.

    On the way it checks that what should be text is. Raises ``NotText``.
    """
    return list(_tensors(model))


def _tensors(message: Message) -> Iterator[TensorProto]:
    if message.DESCRIPTOR.name == "TensorProto":
        yield message
    for field, value in message.ListFields():
        if field.type == field.TYPE_STRING:
            _check_text(field.name, value if field.is_repeated else (value,))
        elif field.type == field.TYPE_MESSAGE:
            for child in value if field.is_repeated else (value,):
                yield from _tensors(child)


def _check_text(name: str, values: Any) -> None:
    for value in values:
        if not isinstance(value, str):
            raise NotText(f"a field {name} holds bytes that are not UTF-8")
