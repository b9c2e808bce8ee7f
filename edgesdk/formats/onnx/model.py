"""Reading an ONNX model: checked by the onnx package, its external data folded in.

Specification: https://github.com/onnx/onnx/blob/main/docs/IR.md
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import MissingExtra, ModelRefused
from ..files import read_whole, too_large
from ..source import SourceModel
from .external import fold_external_data
from .operators import operators_of
from .tensors import interface_of
from .walk import NotText, tensors_of

if TYPE_CHECKING:
    from onnx import ModelProto, TensorProto

LARGEST = 2**31 - 1  # bytes: protobuf's own limit for one message
_DEFAULT = ("", "ai.onnx")  # two spellings of one domain


def read_onnx(path: Path) -> SourceModel:
    """Read and check an ``.onnx`` file and the external data beside it.

    The hash is that of ``content``, which is the file itself unless it has external data. The
    metadata key ``edgesdk.labels`` (a JSON list of text) labels the last axis of the first output;
    ``edgesdk.units`` (a JSON object) gives units by input or output name. Shape inference with full
    type checks is left to the runtime: the onnx package's own refuses some models that are right.

    Raises ``ModelRefused`` (EDGE-0204, 0270 to 0276, 0278), ``UsageError``, ``MissingExtra``.
    """
    try:
        import onnx  # noqa: F401 - the files beside this one use it
    except ImportError:
        raise MissingExtra("onnx", "host") from None
    content = read_whole(path, LARGEST)
    model, tensors = _parse(content, path.name)
    if fold_external_data(tensors, path.parent, LARGEST - len(content)):
        content = _serialise(model, path.name)
    _check(model, content, path.name)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    inputs, outputs = interface_of(model, metadata)
    return SourceModel(
        format="onnx",
        path=path,
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        inputs=inputs,
        outputs=outputs,
        operators=operators_of(model),
        versions=_versions(model),
        metadata=metadata,
    )


def _parse(content: bytes, name: str) -> tuple[ModelProto, list[TensorProto]]:
    """The model and every tensor in it."""
    import onnx
    from google.protobuf.message import DecodeError

    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
        tensors = tensors_of(model)
    except (DecodeError, RuntimeError, NotText) as error:
        raise _malformed(name, str(error)) from None
    if not model.HasField("graph"):
        raise _malformed(name, "it holds no graph")
    return model, tensors


def _check(model: ModelProto, content: bytes, name: str) -> None:
    """Let the onnx package check it.

    Its checker wants a shape of every input and output. Runtimes do not, and real models lack some:
    those get one while it looks.
    """
    from onnx import checker, defs

    newest = defs.onnx_opset_version()
    opset = max((o.version for o in model.opset_import if o.domain in _DEFAULT), default=0)
    if opset > newest:
        raise ModelRefused(
            f"{name} uses opset {opset}; the onnx package here knows opsets up to {newest}",
            next_step="Update the onnx package, or export the model with an older opset",
            code=78,
        )
    tensors = [
        v.type.tensor_type
        for v in (*model.graph.input, *model.graph.output)
        if v.type.HasField("tensor_type")
    ]
    without = [tensor for tensor in tensors if not tensor.HasField("shape")]
    for tensor in without:
        tensor.shape.SetInParent()
    try:
        checker.check_model(_serialise(model, name) if without else content)
    except (checker.ValidationError, ValueError, RuntimeError) as error:
        raise _malformed(name, str(error)) from None
    for tensor in without:
        tensor.ClearField("shape")


def _serialise(model: ModelProto, name: str) -> bytes:
    from google.protobuf.message import EncodeError

    try:
        if model.ByteSize() <= LARGEST:
            content: bytes = model.SerializeToString(deterministic=True)
            return content
    except (EncodeError, ValueError):  # how protobuf says that a message passes its limit
        pass
    raise too_large(f"{name} with its external data", LARGEST)


def _versions(model: ModelProto) -> dict[str, str]:
    """``opset`` is the default domain's; another domain's key is ``opset:domain``."""
    versions = {"ir": str(model.ir_version)}
    for opset in model.opset_import:
        default = opset.domain in _DEFAULT
        versions["opset" if default else f"opset:{opset.domain}"] = str(opset.version)
    if model.producer_name:
        versions["producer"] = f"{model.producer_name} {model.producer_version}".strip()
    return versions


def _malformed(name: str, why: str) -> ModelRefused:
    reason = " ".join(why.split())
    return ModelRefused(
        f"{name} is not a well-formed ONNX model",
        evidence=reason if len(reason) <= 500 else reason[:500] + " ...",
        next_step="Export it again, or update the onnx package if the model is newer than it",
    )
