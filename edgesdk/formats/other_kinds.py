"""Files that are no source models of ours, and how to come from them to one that is."""

from __future__ import annotations

from pathlib import Path

_TORCH = (
    "Export it to ONNX, in Python: torch.onnx.export(model, (example,), 'model.onnx'); "
    "a language model: model.save_pretrained(FOLDER), and compile the folder"
)
_KERAS = (
    "Convert it to TFLite, in Python: content = "
    "tf.lite.TFLiteConverter.from_keras_model(model).convert(), and write content to model.tflite"
)
_SAVED_MODEL = (
    "Convert it to TFLite, in Python: content = "
    "tf.lite.TFLiteConverter.from_saved_model(FOLDER).convert(), and write content to model.tflite"
)
_PICKLED = (
    "A pickle is a program, and is never loaded. Export the model to ONNX (skl2onnx does for "
    "scikit-learn); a forest of XGBoost: booster.save_model('model.json'), for a sensing program"
)
_COMPILED = "It is compiled for another runtime: compile the .onnx or .tflite that it was made from"
_PACKED = "Unpack it, and compile the model in it"

_ADVICE = {
    **dict.fromkeys((".pt", ".pth", ".ckpt", ".torchscript"), _TORCH),
    **dict.fromkeys((".h5", ".hdf5", ".keras"), _KERAS),
    ".pb": _SAVED_MODEL,
    **dict.fromkeys((".pkl", ".pickle", ".joblib"), _PICKLED),
    **dict.fromkeys((".engine", ".plan", ".trt", ".mlmodel", ".rknn", ".hef", ".om"), _COMPILED),
    **dict.fromkeys((".xmodel", ".blob", ".pte", ".ort"), _COMPILED),
    **dict.fromkeys((".zip", ".tar", ".gz", ".tgz", ".7z", ".xz"), _PACKED),
    ".safetensors": "Give the folder that holds this file: config.json and the tokenizer are "
    "beside it",
    ".edge": "It is compiled already: edgesdk deploy FILE --device ADDRESS",
}
_WHOLE = (".onnx", ".tflite", ".gguf")  # endings of files that are whole models
_MODELS_IN_A_FOLDER = 5  # that a message names


def advice(path: Path) -> str:
    """How to come from such a file to one that can be compiled; "" where nothing is known."""
    return _ADVICE.get(path.suffix.lower(), "").replace("FILE", path.name)


def advice_for_folder(folder: Path) -> str:
    """Which file of a folder may have been meant."""
    if (folder / "saved_model.pb").exists():
        return _SAVED_MODEL.replace("FOLDER", repr(str(folder)))
    found = sorted(f for f in folder.iterdir() if f.suffix.lower() in _WHOLE and f.is_file())
    if not found:
        return "Give the model's file, or the folder that holds its config.json"
    if len(found) == 1:
        return f"Give the file: {found[0]}"
    return "Give one of its files: " + ", ".join(map(str, found[:_MODELS_IN_A_FOLDER]))
