"""``edgesdk inspect``: everything that a file says about itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ..bundle import Bundle, Manifest, read_bundle
from ..bundle.keys import trusted_keys
from ..bundle.manifest import as_json
from ..bundle.signing import key_id
from ..decoder.weights import DecoderModel, Vocabulary
from ..formats import SourceModel, read_source
from ..tensors import TensorSpec
from .options import FILE, common
from .output import Output
from .text import number, table


@click.command()
@click.argument("file", type=FILE)
@common
@click.pass_obj
def command(out: Output, file: Path) -> None:
    """Show everything that a bundle or a source model says about itself.

    For a bundle the signature is checked first; when it is wrong, nothing more is read and the exit
    code is 8. A bundle signed by a key that you do not have is shown, marked untrusted. The content
    of every part is compared with its hash.
    """
    if file.suffix.lower() == ".edge":
        _bundle(out, file)
    else:
        _source(out, read_source(file))


def _bundle(out: Output, file: Path) -> None:
    with read_bundle(file, None) as bundle:
        for part in bundle.manifest.parts:
            bundle.read_part(part)
        trusted = bundle.signed.public_key in trusted_keys()
        key = key_id(bundle.signed.public_key)
        if not trusted:
            out.note(f"UNTRUSTED: key {key} is none of yours; a device may still refuse the bundle")
        out.result(
            _bundle_text(bundle, key, trusted),
            kind="bundle",
            file=str(file),
            key=key,
            trusted=trusted,
            manifest=as_json(bundle.manifest),
        )


def _bundle_text(bundle: Bundle, key: str, trusted: bool) -> str:
    m = bundle.manifest
    rows = [
        ("bundle", f"{m.name} {m.version}, security counter {m.security_counter}"),
        ("target", m.target),
        ("signed by", f"{key} ({'one of your keys' if trusted else 'UNTRUSTED'})"),
        ("from", f"{m.provenance.source} (SHA-256 {m.provenance.source_sha256[:16]}…)"),
        ("compiled by", m.provenance.compiler),
        ("options", _listed(m.provenance.options)),
        *_specs(m.inputs, m.outputs),
        *_requirements(m),
        ("golden", _golden(m)),
        *(("part", f"{p.name} ({p.role}), {number(p.size)}") for p in m.parts),
    ]
    if m.frontend:
        rows.append(("front end", _listed(m.frontend)))
    return table([row for row in rows if row[1]])


def _requirements(manifest: Manifest) -> list[tuple[str, str]]:
    needs = manifest.requirements
    return [
        ("needs", ", ".join(f"{kind} {number(size)}" for kind, size in needs.memory.items())),
        ("runtime", _listed(needs.runtime)),
        ("firmware", needs.firmware),
        ("operators", " ".join(needs.operators)),
    ]


def _golden(manifest: Manifest) -> str:
    golden = manifest.golden
    near = golden.tolerance
    how = "exact" if near.exact else f"within {near.atol:g} + {near.rtol:g} x |wanted|"
    return f"{golden.vectors} vectors computed by {golden.executor}, {how}"


def _source(out: Output, model: SourceModel) -> None:
    rows = [
        ("model", f"{model.path.name} ({model.format}){_content_size(model)}"),
        ("SHA-256", model.sha256),
        ("versions", _listed(model.versions)),
        *_decoder(model.decoder),
        *_specs(model.inputs, model.outputs),
        ("operators", " ".join(model.operators)),
        ("metadata", _listed(model.metadata)),
    ]
    out.result(
        table([row for row in rows if row[1]]),
        kind=model.format,
        file=str(model.path),
        sha256=model.sha256,
        versions=model.versions,
        inputs=[asdict(spec) for spec in model.inputs],
        outputs=[asdict(spec) for spec in model.outputs],
        operators=model.operators,
        metadata=model.metadata,
        decoder=_config(model.decoder) if model.decoder else None,
    )


def _content_size(model: SourceModel) -> str:
    return "" if model.decoder else f", {number(len(model.content))}"


def _config(decoder: DecoderModel) -> dict[str, Any]:
    """The sizes and constants, but for the list of frequencies."""
    config = asdict(decoder.config)
    return {key: config[key] for key in config if key not in ("frequencies", "provenance")}


def _decoder(decoder: DecoderModel | None) -> list[tuple[str, str]]:
    if decoder is None:
        return []
    c, text = decoder.config, decoder.vocabulary
    heads = f"{c.heads} heads of {c.head_size} over {c.kv_heads}"
    return [
        (
            "decoder",
            f"{c.layers} layers, {c.hidden} wide, {c.intermediate} within, {heads}",
        ),
        ("", f"{c.activation}, RoPE pairs {c.pairing}, {'' if c.sub_norms else 'no '}sub-norms"),
        ("context", str(c.context)),
        ("tokens", f"{c.vocabulary}, {_tokenizer(text)}"),
    ]


def _tokenizer(text: Vocabulary | None) -> str:
    if text is None:
        return "no tokenizer"
    return f"{text.kind}, {'a' if text.template else 'no'} chat template"


def _specs(inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]) -> list[tuple[str, str]]:
    return [("input", _spec(s)) for s in inputs] + [("output", _spec(s)) for s in outputs]


def _spec(spec: TensorSpec) -> str:
    words = [f"{spec.name}  {spec.describe()}"]
    if spec.units:
        words.append(spec.units)
    if q := spec.quantisation:
        several = f" and {len(q.scales) - 1} more" if len(q.scales) > 1 else ""
        words.append(f"scale {q.scales[0]:.6g} zero point {q.zero_points[0]}{several}")
    if spec.labels:
        words.append(f"labels {' '.join(spec.labels[:20])}")
    return ", ".join(words)


def _listed(items: Any) -> str:
    return ", ".join(f"{key}={value}" for key, value in items.items())
