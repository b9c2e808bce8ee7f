"""What an inference library raises, as errors of ours."""

from __future__ import annotations

from edgesdk.errors import InputMismatch, ModelRefused

# What onnxruntime says of a model that was exported by newer tools than it knows.
_TOO_NEW = ("Unsupported model IR version", "only *guarantees* support for models stamped")


def refused(library: str, error: Exception) -> ModelRefused:
    """The library would not load the model (EDGE-0217)."""
    newer = any(text in str(error) for text in _TOO_NEW)
    return ModelRefused(
        f"{library} does not load the model",
        evidence=_gist(error),
        next_step="Export the model with an older opset and IR version (onnx.helper.make_model "
        "takes opset_imports and ir_version), or update onnxruntime"
        if newer
        else "",
        code=17,
    )


def failed(error: Exception) -> InputMismatch:
    """The library loaded the model, and failed to run it (EDGE-0215)."""
    return InputMismatch("The model failed on these inputs", evidence=_gist(error), code=15)


def _gist(error: Exception) -> str:
    """Its first line, without the C++ function that onnxruntime puts before what happened."""
    line = str(error).strip().partition("\n")[0]
    if "onnxruntime_src" in line and ") " in line:
        line = line.rpartition(") ")[2] or line
    return line[:400]
