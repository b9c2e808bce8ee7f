"""The planner's refusals (EDGE-0287 to 0289), so that each reads the same wherever it is found."""

from __future__ import annotations

from collections.abc import Sequence

from edgesdk.errors import ModelRefused

_MOST_REASONS = 40  # lines that a person reads
# How a float model becomes int8, by the format of its file.
_QUANTISERS = {
    "onnx": "onnxruntime.quantization.quantize_static(float, int8, reader, per_channel=True, "
    "activation_type=QuantType.QInt8) in Python",
    "tflite": "tf.lite.TFLiteConverter with optimizations, representative_dataset, "
    "supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8], inference_input_type and "
    "inference_output_type = tf.int8",
}


def unsupported_layers(reasons: Sequence[str]) -> ModelRefused:
    """EDGE-0287: layers that the runtime cannot execute, each with its reason."""
    shown = list(reasons[:_MOST_REASONS])
    if len(reasons) > len(shown):
        shown.append(f"and {len(reasons) - len(shown)} more")
    count = f"{len(reasons)} layer{'s' if len(reasons) > 1 else ''}"
    return ModelRefused(
        f"The microcontroller runtime cannot execute {count} of the model",
        evidence="\n  ".join(shown),
        next_step="Quantise the model to int8 (weights, inputs, outputs), with the operators that "
        "docs/execution-plan.md lists",
        code=87,
    )


def float_model(kind: str, refused: ModelRefused) -> ModelRefused:
    """EDGE-0287 of a network that nobody has quantised. ``kind``: the format of its file."""
    return ModelRefused(
        "This is a float model; the microcontroller runs int8 networks",
        evidence=f"{refused.what}:\n  {refused.evidence}",
        next_step=f"Quantise it with a few inputs of its own: {_QUANTISERS[kind]}. What the "
        "runtime executes is listed in docs/execution-plan.md",
        code=87,
    )


def unplannable(why: str) -> ModelRefused:
    """EDGE-0288: the network as a whole has a form that no plan can express."""
    return ModelRefused(
        "The model cannot be planned for a microcontroller",
        evidence=why,
        next_step="Export it with one graph, fixed shapes and its data inside the file",
        code=88,
    )


def bad_plan(why: str) -> ModelRefused:
    """EDGE-0289: bytes that are not an execution plan of this version."""
    return ModelRefused(
        "This is not an execution plan that this edgesdk understands",
        evidence=why,
        next_step="Compile the model again with this edgesdk",
        code=89,
    )
