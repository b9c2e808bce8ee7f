"""The inputs of ``run`` and ``bench`` from files: which file is which input, and how it is read."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import UsageError
from ...nearest import did_you_mean
from ...tensors import Array, TensorSpec
from .array import read_csv, read_npy, read_npz
from .audio import read_audio, to_input, wanted_rate
from .fit import fit, fit_length
from .image import read_image

Note = Callable[[str], None]
_ARRAYS: dict[str, Callable[[Path], Array]] = {".npy": read_npy, ".csv": read_csv}
_AUDIO = {".wav", ".flac", ".ogg"}
_OTHER_AUDIO = {".mp3", ".m4a", ".aac", ".opus", ".wma", ".aiff"}
_USUAL_RATE = 16_000  # Hz, where the model does not say
_IMAGES = {".png", ".jpg", ".jpeg"}
READABLE = sorted({*_ARRAYS, ".npz", *_AUDIO, *_IMAGES})


def read_inputs(
    texts: Sequence[str],
    specs: Sequence[TensorSpec],
    note: Note,
    frontend: Mapping[str, Any] | None = None,
) -> dict[str, Array]:
    """Read ``FILE`` or ``NAME=FILE`` texts into the arrays of a model's inputs.

    A model with one input takes a bare file; an .npz file gives arrays by their names. ``note`` is
    told of every change made. Raises ``UsageError`` (EDGE-0222 to 0229), ``InputMismatch``,
    ``MissingExtra``; names that are missing are left to the session's own check.
    """
    known = {spec.name: spec for spec in specs}
    arrays: dict[str, Array] = {}
    for text in texts:
        name, path = _split(text, known)
        found = _read(name, path, known, note, frontend)
        if twice := set(found) & set(arrays):
            raise UsageError(
                f"Input {sorted(twice)[0]!r} is given twice",
                next_step="Leave one of the two out",
                code=28,
            )
        arrays.update(found)
    return arrays


def no_input(specs: Sequence[TensorSpec]) -> UsageError:
    """The refusal of a run without one (EDGE-0228)."""
    each = ["--input FILE"] if len(specs) == 1 else [f"--input {spec.name}=FILE" for spec in specs]
    return UsageError(
        "No input is given",
        evidence=_listed({spec.name: spec for spec in specs}),
        next_step=f"Give {' '.join(each)}",
        code=28,
    )


def _split(text: str, known: Mapping[str, TensorSpec]) -> tuple[str | None, Path]:
    """``NAME=FILE`` where NAME is an input's; everything else is a file's name."""
    for name in known:
        if text.startswith(f"{name}="):
            return name, Path(text[len(name) + 1 :])
    if "=" in text and not Path(text).exists():
        given, _, file = text.partition("=")
        raise UsageError(
            f"The model has no input {given!r}",
            evidence=_listed(known),
            next_step=did_you_mean(given, known, f"Give --input {next(iter(known), '')}={file}"),
            code=28,
        )
    return None, Path(text)


def _read(
    name: str | None,
    path: Path,
    known: Mapping[str, TensorSpec],
    note: Note,
    frontend: Mapping[str, Any] | None,
) -> dict[str, Array]:
    if path.suffix.lower() == ".npz":
        return _from_archive(name, path, known, note)
    if name is None and len(known) != 1:
        raise UsageError(
            f"The model has {len(known)} inputs; say which one {path.name} is",
            evidence=_listed(known),
            next_step=f"Give --input NAME={path.name} for each, or one .npz file with all",
            code=28,
        )
    spec = known[name] if name is not None else next(iter(known.values()))
    return {spec.name: _read_one(path, spec, note, frontend)}


def _from_archive(
    name: str | None, path: Path, known: Mapping[str, TensorSpec], note: Note
) -> dict[str, Array]:
    arrays = read_npz(path)
    if len(arrays) == 1 and (name is not None or len(known) == 1):
        (given, array), target = next(iter(arrays.items())), name or next(iter(known))
        if given != target:
            note(f"{path.name}: array {given!r} is taken as input {target!r}")
        arrays = {target: array}
    if name is not None:
        arrays = {name: arrays[name]} if name in arrays else {}
    if not arrays or (unknown := set(arrays) - set(known)):
        named = sorted(unknown)[0] if arrays else name
        raise UsageError(
            f"{path.name}: the array {named!r} and the model's inputs do not go together",
            evidence=_listed(known),
            next_step="Save the arrays under the names of the inputs",
            code=28,
        )
    return {key: fit(array, known[key], note) for key, array in arrays.items()}


def _read_one(
    path: Path, spec: TensorSpec, note: Note, frontend: Mapping[str, Any] | None
) -> Array:
    suffix = path.suffix.lower()
    if suffix in _AUDIO:
        audio = read_audio(path)
        signal = to_input(audio, path, spec, wanted_rate(spec, frontend), note)
        return fit(fit_length(signal, spec, path.name, note), spec, note)
    if suffix in _IMAGES:
        return fit(read_image(path, spec, note), spec, note)
    reader = read_npy if str(path) == "-" else _ARRAYS.get(suffix)
    if reader is None:
        raise _not_read(path, spec, frontend)
    return fit(reader(path), spec, note)


def _not_read(path: Path, spec: TensorSpec, frontend: Mapping[str, Any] | None) -> UsageError:
    next_step = "Give a file of such a kind: numpy.save writes .npy"
    if path.suffix.lower() in _OTHER_AUDIO:
        rate = wanted_rate(spec, frontend) or _USUAL_RATE
        file, wav = shlex.quote(str(path)), shlex.quote(f"{path.stem}.wav")
        next_step = f"Make a .wav file of it: ffmpeg -i {file} -ac 1 -ar {rate} {wav}"
    return UsageError(
        f"{path.name or path} is not a kind of file that inputs are read from",
        evidence=f"read are: {' '.join(READABLE)} and - for .npy on stdin",
        next_step=next_step,
        code=29,
    )


def _listed(known: Mapping[str, TensorSpec]) -> str:
    return "inputs: " + ", ".join(f"{name!r} {spec.describe()}" for name, spec in known.items())
