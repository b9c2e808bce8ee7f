"""docs/reference/python.md and backend.md: signatures and docstrings of the public names."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any

import edgesdk

from .prose import NOTE, WIDTH, documentation

_PYTHON = f"""{NOTE}
# The Python API

Every public name with its signature and its documentation, as they stand in the source.
[python-api.md](../python-api.md) shows them at work. What a backend implements is in
[backend.md](backend.md).
"""
_BACKEND = f"""{NOTE}
# What a backend implements

The protocols between edgesdk and the kinds of device, and the base classes and small types that go
with them, as they stand in the source. [backends.md](../backends.md) says how to write one.
"""
# What the pages of this documentation use beside ``edgesdk``'s own names.
_MORE = {
    "Language models": {
        "edgesdk.decoder.session": ["DecoderSession"],
        "edgesdk.decoder.generation": ["generate", "Generation"],
        "edgesdk.decoder.generation_pieces": ["Settings", "Piece", "Usage"],
        "edgesdk.decoder.sampling": ["Sampling"],
        "edgesdk.decoder.tokenizer": ["Tokenizer", "load"],
    },
    "Sensing programs": {
        "edgesdk.sensing.streaming": ["StreamingSession", "ListeningDevice"],
        "edgesdk.sensing.engine": ["Event", "Decision"],
        "edgesdk.sensing.counters": ["Counters"],
    },
    "Figures": {"edgesdk.bench": ["bench", "Contender", "BenchRecord", "Measured", "Figure"]},
    "Predictions": {
        "edgesdk.predict": ["predict", "Prediction", "Phase", "Term", "Band", "Published"],
        "edgesdk.predict.model": ["read_subject", "Subject"],
    },
}
_SEAM = {
    "The three protocols": {"edgesdk.backend": ["Backend", "Device", "Session"]},
    "What goes between": {
        "edgesdk.backend": [
            "DeviceInfo", "FitReport", "Fit", "InstalledModel", "Compiled", "Answers", "Seal",
            "target_fit", "counter_fit", "key_fit",
        ],
        "edgesdk.session": ["BaseSession"],
    },
    "What a backend may add": {
        "edgesdk.backend": [
            "FirmwareDevice", "FirmwareReport", "LoggingDevice", "DeviceLog", "DoubtfulDevice",
            "EmulatorHost", "NamesDevices",
        ],
        "edgesdk.bench": ["Instrumented", "TimesItself"],
        "edgesdk.predict": ["Predicting", "KnowsBundles", "Tracing", "PredictsAddress"],
        "edgesdk.explore": ["Exploring"],
        "edgesdk.error_study": ["ErrorStudy", "Erroneous"],
        "edgesdk.decoder.writing": ["WritingSession", "Wanted", "Choice"],
    },
}  # fmt: skip


def python_page() -> str:
    """The names of ``edgesdk``, then those that the pages use beside them."""
    names = [name for name in edgesdk.__all__ if not name.startswith("__")]
    public = {name: getattr(edgesdk, name) for name in names}
    calls = {n: what for n, what in public.items() if not inspect.isclass(what)}
    errors = {n: w for n, w in public.items() if inspect.isclass(w) and issubclass(w, Exception)}
    seam = _SEAM["The three protocols"]["edgesdk.backend"]
    types = {n: w for n, w in public.items() if n not in {**calls, **errors} and n not in seam}
    pieces = [_PYTHON, "\n## Functions of `edgesdk`", *_entries("edgesdk", calls)]
    pieces += ["\n## Types of `edgesdk`", *_entries("edgesdk", types)]
    pieces += [f"\n`{'`, `'.join(seam)}` are in [backend.md](backend.md)."]
    pieces += ["\n## Errors of `edgesdk`", *_entries("edgesdk", errors)]
    return "\n".join([*pieces, *_chapters(_MORE)]) + "\n"


def backend_page() -> str:
    """The seam."""
    return "\n".join([_BACKEND, *_chapters(_SEAM)]) + "\n"


def _chapters(chapters: Any) -> Iterator[str]:
    for title, modules in chapters.items():
        yield f"\n## {title}"
        for module, names in modules.items():
            yield from _entries(module, _named(module, names))


def _named(module: str, names: Sequence[str]) -> dict[str, Any]:
    """Those names of a module."""
    found = import_module(module)
    return {name: getattr(found, name) for name in names}


def _entries(module: str, found: dict[str, Any]) -> Iterator[str]:
    for name, what in found.items():
        yield f"\n### {module}.{name}\n"
        yield from _class(what) if inspect.isclass(what) else _function(name, what)


def _function(name: str, what: Any) -> Iterator[str]:
    yield _shown(name, what)
    yield documentation(what)


def _shown(name: str, what: Callable[..., Any]) -> str:
    """A call in a line, or with a parameter a line where it is long."""
    call = f"{name}{_signature(what)}"
    if len(call) <= WIDTH:
        return f"`{call}`\n"
    parameters, returned = _parts(what)
    lines = "".join(f"    {parameter},\n" for parameter in parameters)
    return f"```text\n{name}(\n{lines}){returned}\n```\n"


def _class(what: type) -> Iterator[str]:
    if issubclass(what, Exception):
        bases = ", ".join(base.__name__ for base in what.__bases__)
        code = getattr(what, "exit_code", None)
        yield f"{bases}; exit code {code}.\n" if what.__bases__[0] is not Exception else ""
    if dataclasses.is_dataclass(what):
        yield _shown(what.__name__, what)
    yield documentation(what)
    for name, member in vars(what).items():
        if not name.startswith("_"):
            yield from _member(name, member)


def _member(name: str, member: Any) -> Iterator[str]:
    """A method or property that is documented."""
    if isinstance(member, (staticmethod, classmethod)):
        member = member.__func__
    if isinstance(member, property):
        text = documentation(member.fget)
        shown = f"{name}: {_annotation(inspect.signature(member.fget).return_annotation)}"  # type: ignore[arg-type]
    elif inspect.isfunction(member):
        text, shown = documentation(member), f"{name}{_signature(member, bound=True)}"
    else:
        return
    if text:
        yield f"\n#### `{shown}`\n"
        yield text


def _signature(what: Callable[..., Any], bound: bool = False) -> str:
    parameters, returned = _parts(what, bound)
    return f"({', '.join(parameters)}){returned}"


def _parts(what: Callable[..., Any], bound: bool = False) -> tuple[list[str], str]:
    """Parameters and result as the source has them: annotations as written, plain defaults."""
    signature = inspect.signature(what)
    given = list(signature.parameters.values())[1 if bound else 0 :]
    shown = [_parameter(parameter) for parameter in given]
    first_named = next((i for i, p in enumerate(given) if p.kind is p.KEYWORD_ONLY), None)
    if first_named is not None and not any(p.kind is p.VAR_POSITIONAL for p in given):
        shown.insert(first_named, "*")
    returned = _annotation(signature.return_annotation)
    return shown, f" -> {returned}" if returned and not inspect.isclass(what) else ""


def _parameter(parameter: inspect.Parameter) -> str:
    stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    kind = _annotation(parameter.annotation)
    text = f"{stars}{parameter.name}" + (f": {kind}" if kind else "")
    return text + _default(parameter.default)


def _annotation(annotation: Any) -> str:
    if annotation is inspect.Signature.empty:
        return ""
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "None")


def _default(value: Any) -> str:
    """A default that reads the same in every version of Python."""
    if value is inspect.Parameter.empty:
        return ""
    plain = value is None or isinstance(value, (bool, int, float, str))
    return f" = {value!r}" if plain or value in ((), {}) else " = ..."
