"""What ``predict`` can be asked about: a source model, a bundle, or only the sizes of a model.

Sizes are enough, so a published model need not be downloaded: they come from its ``config.json``,
or from a file such as those in ``shapes/``, which have names of their own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .bundle import read_bundle
from .bundle.keys import trusted_keys
from .decoder.config import RELU2, SILU, DecoderConfig, rope_frequencies
from .decoder.weights import DecoderModel
from .errors import ModelRefused, UsageError
from .formats import SourceModel, read_source
from .formats.bitnet_config import folder_config
from .formats.decoder_checks import LARGEST_HEAD, check_config
from .formats.files import read_whole
from .formats.json_file import read_json
from .predict import KnowsBundles
from .registry import for_target

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_FOLDER = Path(__file__).parent / "shapes"
_LARGEST = 1 << 20  # bytes of a description
_WHOLE = (
    "vocabulary",
    "hidden",
    "intermediate",
    "layers",
    "heads",
    "kv_heads",
    "head_size",
    "context",
)
_KEYS = {*_WHOLE, "theta", "activation", "sub_norms", "source"}


@dataclass(frozen=True)
class Subject:
    """A decoder's name and sizes, and the weights where they are at hand.

    ``ternary``: whether its linear layers are; None where nobody has said. ``target``: what a
    bundle was compiled for, and ``options`` how.
    """

    name: str
    config: DecoderConfig
    model: DecoderModel | None = None
    ternary: bool | None = None
    target: str = ""
    options: Mapping[str, str] | None = None


def read_subject(text: str) -> Subject:
    """A built-in name, a shape's file, a ``config.json`` (or its folder, where it is alone), a
    bundle, or any source model.

    Raises ``UsageError`` and ``ModelRefused``: EDGE-02192 for a model that is no decoder,
    EDGE-02193 for a shape that cannot be used, and what the readers raise.
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
    """Where the ``config.json`` of a language model is, by any name, if there are only sizes."""
    if path.is_dir():
        alone = path / "config.json"
        return alone if alone.is_file() and not any(path.glob("*.safetensors*")) else None
    if path.suffix.lower() != ".json":
        return None
    return path if path.name == "config.json" or _is_config(path) else None


def _is_config(path: Path) -> bool:
    """Other descriptions end in .json too; this one says how wide a language model is."""
    try:
        found = json.loads(read_whole(path, _LARGEST))
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and "hidden_size" in found


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _nothing(text: str) -> UsageError:
    return UsageError(
        f"There is no model {text[:80]!r}",
        evidence=f"no such file; shapes with a name: {', '.join(shape_names())}",
        code=193,
    )


def shape_names() -> list[str]:
    """The models whose sizes come with edgesdk."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def named_shape(name: str) -> Subject:
    """One of ``shape_names``."""
    return _shape(_FOLDER / f"{name}.toml", name)


def _source(source: SourceModel) -> Subject:
    if source.decoder is None:
        raise _no_decoder(source.path.name)
    config = source.decoder.config
    return Subject(_name(source.path), config, source.decoder, _said_ternary(config))


def _name(path: Path) -> str:
    return path.stem or path.resolve().name


def _config(path: Path) -> Subject:
    """The ``config.json`` of a folder whose weights need not be there."""
    folder = folder_config(read_json(path, _LARGEST), path.name)
    config = folder.decoder(tied=folder.tied is not False, name=path.name)
    name = path.stem if path.name != "config.json" else path.resolve().parent.name
    return Subject(name, config, None, _said_ternary(config))


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
        options = dict(m.provenance.options)
        return Subject(m.name, backend.shape(bundle), None, True, m.target, options)


def _no_decoder(name: str, why: str = "") -> ModelRefused:
    return ModelRefused(
        f"{name} is no language model whose sizes can be read",
        evidence=why,
        next_step="Give the source model, its config.json, or one of " + ", ".join(shape_names()),
        code=192,
    )


def _shape(path: Path, name: str) -> Subject:
    try:
        document = tomllib.loads(read_whole(path, _LARGEST).decode())
        config = check_config(_parsed(document), name)
    except (ValueError, RecursionError) as error:
        deep = isinstance(error, RecursionError)
        raise UsageError(
            f"{path.name} is no shape of a decoder",
            evidence="it is nested too deep" if deep else str(error)[:200],
            next_step=f"It takes the keys {', '.join(sorted(_KEYS))}",
            code=193,
        ) from None
    return Subject(name, config, None, True)


def _parsed(document: Mapping[str, Any]) -> DecoderConfig:
    if unknown := sorted(set(document) - _KEYS):
        raise ValueError(f"unknown key {unknown[0][:40]!r}")
    sizes: dict[str, Any] = {key: _whole(document, key) for key in _WHOLE}
    if sizes["head_size"] > LARGEST_HEAD:
        raise ValueError(f"head_size is {sizes['head_size']}")
    theta = document.get("theta", 10000.0)
    if isinstance(theta, bool) or not isinstance(theta, (int, float)) or not 1 < theta < 1e12:
        raise ValueError("theta is no number from 1 to 1e12")
    activation, sub_norms = document.get("activation"), document.get("sub_norms")
    if activation not in (SILU, RELU2) or not isinstance(sub_norms, bool):
        raise ValueError(f"activation is {SILU} or {RELU2}, and sub_norms true or false")
    frequencies = rope_frequencies(sizes["head_size"], float(theta))
    return DecoderConfig(
        **sizes, frequencies=frequencies, activation=activation, sub_norms=sub_norms
    )


def _whole(document: Mapping[str, Any], key: str) -> int:
    value = document.get(key)
    if type(value) is not int or value < 1:
        raise ValueError(f"{key} is {str(value)[:40]}, and must be a number of 1 or more")
    return value
