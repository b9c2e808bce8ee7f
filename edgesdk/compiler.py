"""From a source model to a signed bundle with golden vectors. Needs no device."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, SupportsIndex

from . import registry
from .backend import Answers, Arrays, Compiled, Seal
from .bundle import (
    Bundle,
    Golden,
    Manifest,
    Part,
    Provenance,
    Requirements,
    Tolerance,
    read_bundle,
    write_bundle,
)
from .bundle.golden import encode_vectors
from .bundle.keys import development_key
from .bundle.manifest import encode
from .bundle.own_words import given, wrong_name, wrong_version
from .bundle.signing import SigningKey
from .errors import FormatRefused, UsageError
from .formats import SourceModel, read_source
from .not_finite import odd_values
from .samples import draw
from .tensors import InputChecker, TensorSpec
from .version import __version__

# Sample inputs, or what makes them once the inputs are known.
Samples = (
    Iterable[Mapping[str, Any]] | Callable[[Sequence[TensorSpec]], Iterable[Mapping[str, Any]]]
)

GOLDEN = "golden.npz"
I2S_LAYOUT = "i2s_layout"  # the one option that a reader of source models takes
SEED = 20210322  # any number would do; it is fixed so that the same model gives the same bundle


def compile(
    model: Path | str,
    target: str,
    *,
    output: Path | str | None = None,
    name: str | None = None,
    version: str = "1.0.0",
    security_counter: int = 0,
    samples: Samples | None = None,
    vectors: int = 4,
    options: Mapping[str, str] | None = None,
    tolerance: Tolerance | None = None,
    key: SigningKey | None = None,
    on_note: Callable[[str], None] | None = None,
) -> Bundle:
    """Compile a model for a target, sign the bundle, and open it.

    ``model``: a file or folder. ``samples`` become the golden vectors' inputs: for each vector a
    mapping of arrays by input name, with that input's dtype and shape; or a callable that makes
    them from the input specifications. Without samples, ``vectors`` (1 to 1000) are drawn from
    those specifications with a fixed seed. ``tolerance``: how near a device's answers must be; None
    for the backend's choice. ``output`` is where the ``.edge`` file goes; without it, the bundle
    exists until it is closed. ``key`` signs; by default it is the user's development key.
    ``options`` are the backend's, and ``i2s_layout`` as ``read_source`` takes it. ``on_note`` is
    told what a person should know. The same arguments give the same bytes. Raises
    ``ModelRefused``, ``UsageError``, ``InputMismatch`` for wrong samples, and ``MissingExtra``.
    """
    _check_settings(name, version, options)
    chosen = dict(options or {})
    layout = chosen.pop(I2S_LAYOUT, None)
    source = read_source(model, i2s_layout=layout)
    backend = registry.for_target(target)
    signer = key or development_key()  # a folder that takes none is found out before the work
    compiled = backend.compile(source, target, chosen)
    effective = {**compiled.options, **({I2S_LAYOUT: layout} if layout else {})}
    inputs = _sample_inputs(compiled, samples, vectors)
    answers = compiled.reference(inputs)
    if tolerance is not None:
        answers = replace(answers, tolerance=tolerance)
    for note in (*_odd(inputs), *compiled.notes, *answers.notes):
        (on_note or (lambda text: None))(note)
    vectors_done = list(zip(inputs, answers.outputs, strict=True))
    golden = encode_vectors(compiled.inputs, compiled.outputs, vectors_done)
    name = name or source.metadata.get("edgesdk.name") or _name_from(source.path)
    sealed: Sequence[tuple[str, str, bytes]] = ()
    if compiled.seal is not None:
        sealed = compiled.seal(Seal(name, version, security_counter, signer, vectors_done))
    parts = [*compiled.parts, *sealed, (GOLDEN, "golden", golden)]
    manifest = Manifest(
        name=name,
        version=version,
        security_counter=security_counter,
        target=target,
        requirements=_requirements(compiled, sealed or parts),
        inputs=compiled.inputs,
        outputs=compiled.outputs,
        parts=tuple(
            Part(part, role, len(data), hashlib.sha256(data).hexdigest())
            for part, role, data in parts
        ),
        golden=_golden(answers),
        provenance=Provenance(_name_of(source), source.sha256, f"edgesdk {__version__}", effective),
        frontend=compiled.frontend,
    )
    return _write(manifest, {part: data for part, _, data in parts}, signer, output)


def _check_settings(name: object, version: object, options: object) -> None:
    """Raise ``UsageError`` (EDGE-0220) for what no bundle can have, before any work is done."""
    wrong = [("version", version, wrong_version(version))]
    wrong += [("name", name, wrong_name(name))] if name else []
    if options is not None and not isinstance(options, Mapping):
        wrong += [("options", options, "Options are a mapping, such as {'threads': '2'}")]
    for what, value, rule in wrong:
        if rule:
            raise UsageError(
                rule,
                evidence=given(what, value),
                next_step=f"Give such a value, or leave the {what} out",
                code=20,
            )


def _sample_inputs(compiled: Compiled, samples: Samples | None, vectors: int) -> list[Arrays]:
    if samples is None:
        if not isinstance(vectors, SupportsIndex) or not 1 <= vectors <= 1000:
            raise UsageError(
                "The number of golden vectors must be 1 to 1000",
                evidence=f"given: {vectors!r}",
                code=16,
            )
        if compiled.samples is not None:
            return compiled.samples(vectors)
        return draw(compiled.inputs, vectors, SEED)
    given = samples(compiled.inputs) if callable(samples) else samples
    wrong = isinstance(given, Mapping) or not _can_be_listed(given)
    sets = [] if wrong else list(given)
    if not sets:
        raise UsageError(
            "A bundle needs at least one sample for its golden vectors",
            next_step="Give a list of them, each a mapping of arrays by the inputs' names",
            code=16,
        )
    check = InputChecker(compiled.inputs)
    return [check(sample) for sample in sets]


def _can_be_listed(given: object) -> bool:
    try:
        iter(given)  # type: ignore[call-overload]
    except TypeError:
        return False
    return True


def _odd(inputs: Sequence[Arrays]) -> list[str]:
    """What to say of samples to which most models have no answer of worth; some want them."""
    return [
        f"Sample {number}: {what}; the answer to it may prove little"
        for number, sample in enumerate(inputs, 1)
        for what in odd_values(sample)
    ]


def _requirements(compiled: Compiled, parts: Sequence[tuple[str, str, bytes]]) -> Requirements:
    needs = compiled.requirements
    storage = sum(len(data) for _, _, data in parts)
    return replace(needs, memory={"storage": storage, **needs.memory})  # a backend knows better


def _golden(answers: Answers) -> Golden:
    return Golden(GOLDEN, len(answers.outputs), answers.tolerance, answers.executor)


def _name_from(path: Path) -> str:
    """A bundle name out of a file name: lower case, and a dash for what a name may not hold."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else "-" for c in path.stem)
    return kept.lower().strip("-_")[:48] or "model"


def _name_of(source: SourceModel) -> str:
    """The file's name as text: what is not UTF-8 in it is replaced."""
    return os.fsencode(source.path.name).decode("utf-8", "replace")


def _write(
    manifest: Manifest, parts: dict[str, bytes], signer: SigningKey, output: Path | str | None
) -> Bundle:
    try:
        encode(manifest)
    except FormatRefused as error:
        raise UsageError(
            f"{manifest.provenance.source} cannot become a bundle with these settings",
            evidence=error.evidence or error.what,
            code=20,
        ) from None
    if output is not None:
        write_bundle(Path(output), manifest, parts, signer)
        return read_bundle(Path(output), {signer.public})
    with tempfile.TemporaryDirectory(prefix="edgesdk-") as folder:
        path = Path(folder) / f"{manifest.name}.edge"
        write_bundle(path, manifest, parts, signer)
        return read_bundle(path, {signer.public})  # the open file outlives its name
