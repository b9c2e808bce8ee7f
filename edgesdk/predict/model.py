"""What ``predict`` can be asked about: a source model, a bundle, or only the sizes of a model.

Sizes are enough, so a published model need not be downloaded: they come from its ``config.json``,
or from a file such as those in ``shapes/``, which have names of their own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ..bundle import read_bundle
from ..bundle.keys import trusted_keys
from ..decoder.config import DecoderConfig
from ..decoder.weights import DecoderModel, Ternary
from ..errors import ModelRefused, UsageError
from ..formats import SourceModel, read_source
from ..formats.bitnet.config import folder_config
from ..formats.files import read_whole
from ..formats.json_file import read_json
from ..nearest import did_you_mean
from ..registry import for_target
from .question import KnowsBundles
from .shape import SHAPES, DecoderShape, shape_of
from .shape_config import config_shape
from .shape_file import no_shape, read_shape_file

_LARGEST = 1 << 20  # bytes of a description
_SAYS_IT = {"model_type", "hidden_size"}  # of a config.json by any name
_READ_WHOLE = ("bitnet", "llama")  # families whose weights are read, where they are there


@dataclass(frozen=True)
class Subject:
    """A decoder's name and sizes, and the weights where they are at hand.

    ``config``: None where only sizes are known, or the arithmetic is none that edgesdk has;
    ``no_config`` then says why. ``ternary``: whether its linear layers are; None where nobody has
    said. ``target``: what a bundle was compiled for, and ``options`` how.
    """

    name: str
    shape: DecoderShape
    config: DecoderConfig | None = None
    model: DecoderModel | None = None
    ternary: bool | None = None
    target: str = ""
    options: Mapping[str, str] | None = None
    no_config: str = "only its sizes are known"


def read_subject(text: str) -> Subject:
    """A built-in name, a shape's file, a ``config.json`` (or its folder, where it is alone), a
    bundle, or any source model.

    Raises ``UsageError`` and ``ModelRefused``: EDGE-02192 for a model that is no decoder,
    EDGE-02193 for a shape that cannot be used, EDGE-02227 for a ``config.json`` of a family that
    is not known, and what the readers raise.
    """
    path = Path(text)
    if not _exists(path):
        if text in shape_names():
            return named_shape(text)
        raise _nothing(text)
    kind = path.suffix.lower()
    if kind == ".toml":
        return _shape(path, path.stem)
    if kind == ".edge":
        return _bundle(path)
    if config := _sizes_only(path):
        return _config(config)
    return _source(read_source(path))


def _sizes_only(path: Path) -> Path | None:
    """Where the ``config.json`` of a language model is, by any name, if sizes are all we can read.

    That is so where there are no weights beside it, or those of a family that is not read.
    """
    if path.is_dir():
        config = path / "config.json"
        return config if config.is_file() and _weights_stay(path, config) else None
    return path if path.suffix.lower() == ".json" else None


def _weights_stay(folder: Path, config: Path) -> bool:
    if not any(folder.glob("*.safetensors*")):
        return True
    found = _glance(config)
    return bool(_SAYS_IT & set(found)) and found.get("model_type") not in _READ_WHOLE


def _glance(path: Path) -> Mapping[str, Any]:
    """The object in a file, which may be another kind of description; empty where it is none."""
    try:
        found = json.loads(read_whole(path, _LARGEST))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _nothing(text: str) -> UsageError:
    return no_shape(
        f"There is no model {text[:80]!r}",
        f"no such file; shapes with a name: {', '.join(shape_names())}",
        did_you_mean(text, shape_names(), "Give a model's file or folder, or one of these names"),
    )


def shape_names() -> list[str]:
    """The models whose sizes come with edgesdk."""
    return sorted(path.stem for path in SHAPES.glob("*.toml"))


@cache
def named_shape(name: str) -> Subject:
    """One of ``shape_names``."""
    return _shape(SHAPES / f"{name}.toml", name)


def _source(source: SourceModel) -> Subject:
    if source.decoder is None:
        raise _no_decoder(source.path.name)
    decoder, name = source.decoder, _name(source.path)
    ternary = _said_ternary(decoder.config)
    if ternary is None:  # where the format does not say, the first matrix does
        ternary = isinstance(decoder.weights.layer(0).query, Ternary)
    return Subject(name, shape_of(decoder.config, name), decoder.config, decoder, ternary)


def _name(path: Path) -> str:
    return path.stem or path.resolve().name


def _config(path: Path) -> Subject:
    """The ``config.json`` of a folder whose weights need not be there."""
    document = read_json(path, _LARGEST)
    if path.name != "config.json" and not _SAYS_IT & set(document):
        raise _no_decoder(path.name, f"it has none of {', '.join(sorted(_SAYS_IT))}")
    name = path.stem if path.name != "config.json" else path.resolve().parent.name
    shape = config_shape(document, name)
    try:
        config = _arithmetic(document, path.name)
    except ModelRefused as error:
        why = f"{error.what}: {error.evidence}" if error.evidence else error.what
        return Subject(name, shape, ternary=_ternary(document), no_config=why)
    return Subject(name, shape, config, None, _said_ternary(config))


def _arithmetic(document: Mapping[str, Any], name: str) -> DecoderConfig:
    """The whole configuration, for the families whose arithmetic edgesdk has."""
    folder = folder_config(document, name)
    return folder.decoder(tied=folder.tied is not False, name=name)


def _ternary(document: Mapping[str, Any]) -> bool:
    """Whether a config says so whose arithmetic is none that edgesdk has."""
    how = document.get("quantization_config")
    method = how.get("quant_method") if isinstance(how, dict) else None
    return "bitnet" in (document.get("model_type"), method)


def _said_ternary(config: DecoderConfig) -> bool | None:
    linear = config.provenance.get("linear")
    return None if linear is None else linear != "floats"


def _bundle(path: Path) -> Subject:
    """A bundle says its sizes only in its part, which its own backend reads."""
    with read_bundle(path, trusted_keys()) as bundle:
        m = bundle.manifest
        backend = for_target(m.target)
        if not isinstance(backend, KnowsBundles):
            raise _no_decoder(path.name, f"a bundle for {m.target} does not tell them")
        found, options = backend.shape(bundle), dict(m.provenance.options)
        if found is None:
            raise _no_decoder(path.name, f"a bundle for {m.target} with a model of another kind")
        if isinstance(found, DecoderShape):
            return Subject(m.name, found, target=m.target, options=options)
        shape, ternary = shape_of(found, m.name), _said_ternary(found)
        return Subject(m.name, shape, found, None, ternary, m.target, options)


def _no_decoder(name: str, why: str = "") -> ModelRefused:
    return ModelRefused(
        f"{name} is no language model whose sizes can be read",
        evidence=why,
        next_step="Give the source model, its config.json, or one of " + ", ".join(shape_names()),
        code=192,
    )


def _shape(path: Path, name: str) -> Subject:
    found = read_shape_file(path, name)
    return Subject(name, found.shape, found.config, None, found.ternary)
