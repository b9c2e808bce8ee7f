"""``edgesdk compile``: from a model to a signed bundle."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

import edgesdk

from ..bundle import Tolerance
from ..bundle.keys import load_signing
from ..bundle.signing import key_id
from ..errors import UsageError
from ..tensors import Array, TensorSpec
from .inputs import read_inputs
from .options import FILE, common, events, not_over, pairs
from .output import Output
from .text import counted, number


@click.command()
@click.argument("model", metavar="MODEL", type=FILE)
@click.option(
    "-t",
    "--target",
    required=True,
    metavar="TARGET",
    help="For example cpu, mcu:cortex-m33, fpga:kv260, nand:cambricon-l.",
)
@click.option("-o", "--output", type=FILE, metavar="FILE.edge", help="Default: MODEL.edge, here.")
@click.option("--name", help="The model's name on devices. Default: from the model or its file.")
@click.option(
    "--version", default="1.0.0", show_default=True, help="For people, MAJOR.MINOR.PATCH."
)
@click.option(
    "--security-counter",
    type=click.IntRange(0, 2**32 - 1),
    default=0,
    show_default=True,
    help="A device refuses a lower one than it has had.",
)
@click.option(
    "--samples",
    multiple=True,
    metavar="FILE",
    help="Inputs of one golden vector, read as by 'run'. Repeat for more vectors.",
)
@click.option(
    "--vectors",
    type=click.IntRange(1, 1000),
    default=4,
    show_default=True,
    help="How many golden vectors to draw when there are no samples.",
)
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="For the backend.")
@click.option("--tolerance", metavar="rtol=R,atol=A", help="How near the answers must be.")
@click.option("--key", metavar="NAME", help="The signing key. Default: your development key.")
@events
@common
@click.pass_obj
def command(out: Output, /, model: Path, output: Path | None, **chosen: Any) -> None:
    """Compile a model for a target into a signed bundle.

    The bundle holds golden vectors: inputs with the answers that a device must give before a deploy
    commits. Needs no device.
    """
    key, samples = chosen.pop("key"), chosen.pop("samples")
    chosen["options"] = pairs(chosen["options"], "--option")
    chosen["tolerance"] = parse_tolerance(chosen["tolerance"])
    chosen["key"] = load_signing(key) if key else None
    chosen["on_note"] = lambda text: _note(out, text)
    if samples:
        chosen["samples"] = lambda specs: _samples(out, samples, specs)
    not_over(output, [model, *samples])
    target = output or Path(f"{_named(model).stem}.edge")
    _check_ending(target)
    with edgesdk.compile(model, output=target, **chosen) as bundle:
        _show(out, bundle, target)


def parse_tolerance(text: str | None) -> Tolerance | None:
    """``rtol=1e-5,atol=1e-6``, either or both. Raises ``UsageError`` (EDGE-0231)."""
    if text is None:
        return None
    try:
        given = {key: float(value) for key, value in pairs(tuple(text.split(",")), "").items()}
        if not set(given) <= {"rtol", "atol"} or not all(0 <= v < 1e30 for v in given.values()):
            raise ValueError("rtol and atol are numbers from 0 up")
    except (UsageError, ValueError):
        raise UsageError(
            f"--tolerance takes rtol=R,atol=A; got {text!r}",
            next_step="For example: --tolerance rtol=1e-5,atol=1e-6",
            code=31,
        ) from None
    return Tolerance(**given)


def _named(model: Path) -> Path:
    """A model's path with a name at its end, which "." and ".." have not."""
    return model if model.stem.strip(".") else model.resolve()


def _check_ending(target: Path) -> None:
    """A bundle is known by its name's end. Raises ``UsageError`` (EDGE-02298)."""
    if target.suffix != ".edge":
        raise UsageError(
            f"A bundle's name ends in .edge, and {target} does not",
            next_step=f"Give --output {target}.edge",
            code=298,
        )


def _samples(
    out: Output, texts: Sequence[str], specs: Sequence[TensorSpec]
) -> list[dict[str, Array]]:
    """One golden vector for each file; a model with several inputs takes .npz files."""
    return [read_inputs([text], specs, out.note) for text in texts]


def _note(out: Output, text: str) -> None:
    out.note(text)
    out.event("note", text=text)


def _show(out: Output, bundle: edgesdk.Bundle, path: Path) -> None:
    m = bundle.manifest
    size = sum(part.size for part in m.parts)
    key = key_id(bundle.signed.public_key)
    out.result(
        f"{path}: {m.name} {m.version} for {m.target}, {number(size)}, "
        f"{counted(m.golden.vectors, 'golden vector')} by {m.golden.executor}, signed by {key}",
        file=str(path),
        model=m.name,
        version=m.version,
        target=m.target,
        size=size,
        vectors=m.golden.vectors,
        executor=m.golden.executor,
        key=key,
    )
