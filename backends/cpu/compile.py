"""From a source model to the parts of a bundle for the CPU."""

from __future__ import annotations

from collections.abc import Mapping

from edgesdk.backend import Compiled
from edgesdk.bundle import Requirements
from edgesdk.errors import ModelRefused, UsageError
from edgesdk.formats import SourceModel
from edgesdk.sensing.frontend import audio_spec, of_source

from .engines import LITERT, ONNXRUNTIME, SIGNAL
from .golden import Reference
from .options import SessionOptions, from_compile
from .signal import supports

# The oldest releases whose Python interface the sessions use.
_RUNTIME = {ONNXRUNTIME: ">=1.17", LITERT: ">=1.0", SIGNAL: ">=1"}
_FILE = {ONNXRUNTIME: "model.onnx", LITERT: "model.tflite", SIGNAL: "model.tflite"}
_ENGINE_RAM = {ONNXRUNTIME: 24 << 20, LITERT: 8 << 20, SIGNAL: 1 << 20}


def compile_cpu(source: SourceModel, options: Mapping[str, str]) -> Compiled:
    """Choose the engine and the golden executor. Raises ``ModelRefused``, ``UsageError``."""
    if source.format == "sensing":
        raise ModelRefused(
            f"{source.path.name} is a sensing program, which a microcontroller runs",
            next_step="Compile it with --target mcu:cortex-m33; emu:mcu runs it on this machine",
        )
    if source.decoder is not None:
        from .decoder.compile import compile_decoder

        return compile_decoder(source, options)
    kernels = from_compile(options)
    engine = _engine(source)
    if engine != LITERT and "kernels" in options:
        raise UsageError(
            "The option kernels is for TFLite models on LiteRT",
            next_step="Leave it out for this model",
            code=9,
        )
    frontend = of_source(source)
    return Compiled(
        parts=[(_FILE[engine], "model", source.content)],
        requirements=Requirements(
            memory={"ram": _ram(engine, source)},
            operators=source.operators,
            runtime={engine: _RUNTIME[engine]},
        ),
        inputs=(audio_spec(frontend),) if frontend else source.inputs,
        outputs=source.outputs,
        reference=Reference(source, engine, SessionOptions(kernels=kernels), frontend),
        options={"kernels": kernels} if engine == LITERT else {},
        frontend=frontend,
    )


def _engine(source: SourceModel) -> str:
    if source.format == "onnx":
        return ONNXRUNTIME
    if any(name.startswith("tflite:custom.") for name in source.operators) and supports(
        source.operators
    ):
        return SIGNAL
    return LITERT


def _ram(engine: str, source: SourceModel) -> int:
    """Bytes, modelled: the library itself, the file, and the engine's own copy of the weights."""
    return _ENGINE_RAM[engine] + 2 * len(source.content)
