"""Which engine runs a model, and opening a session on it."""

from __future__ import annotations

from dataclasses import replace

from edgesdk.bundle import Manifest
from edgesdk.errors import DoesNotFit
from edgesdk.sensing.frontend import check, feature_spec
from edgesdk.sensing.session import FrontEndSession
from edgesdk.session import BaseSession
from edgesdk.tensors import TensorSpec

from .litert_session import LitertSession
from .onnx_session import open_onnx
from .options import SessionOptions, from_compile
from .signal_session import SignalSession

# Engine names, as they stand in a manifest's ``runtime`` requirements.
ONNXRUNTIME, LITERT, SIGNAL = "onnxruntime", "litert", "edgesdk-signal"
DECODER = "edgesdk-decoder"
TARGET = "cpu"


def engine_of(manifest: Manifest) -> str:
    """The engine that a manifest asks for. Raises ``DoesNotFit`` (EDGE-0904) for an unknown one."""
    for engine in (ONNXRUNTIME, LITERT, SIGNAL, DECODER):
        if engine in manifest.requirements.runtime:
            return engine
    raise DoesNotFit(
        f"{manifest.name} asks for an engine that the cpu backend lacks",
        evidence=f"it needs {', '.join(manifest.requirements.runtime) or 'none'}",
        next_step="Update edgesdk on the device",
        code=4,
    )


def open_model(manifest: Manifest, content: bytes, options: SessionOptions) -> BaseSession:
    """Open a session on a model's bytes, behind its front end where the manifest has one."""
    kernels = manifest.provenance.options.get("kernels", options.kernels)
    options = replace(options, kernels=from_compile({"kernels": kernels}))
    engine = engine_of(manifest)
    if manifest.frontend is None:
        return open_engine(engine, content, manifest.inputs, manifest.outputs, options)
    check(manifest.frontend)
    features = (feature_spec(manifest.frontend),)
    inner = open_engine(engine, content, features, manifest.outputs, options)
    return FrontEndSession(inner, manifest.frontend)


def open_engine(
    engine: str,
    content: bytes,
    inputs: tuple[TensorSpec, ...],
    outputs: tuple[TensorSpec, ...],
    options: SessionOptions,
) -> BaseSession:
    """Open a session of one engine on a model's bytes, without a front end."""
    if engine == ONNXRUNTIME:
        return open_onnx(content, inputs, outputs, options)
    if engine == LITERT:
        return LitertSession(content, inputs, outputs, options)
    return SignalSession(content, inputs, outputs)
