"""``edgesdk devices``: what is at hand, or one device in full."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import click

import edgesdk

from .. import registry
from ..address import Address
from ..backend import Backend, InstalledModel
from ..config import settings
from ..emulated import KeepsEmulated
from ..errors import EdgeError
from ..likely import example
from .opening import connect
from .options import common
from .options import device as device_option
from .output import Output
from .text import number, table


@click.command()
@device_option
@common
@click.pass_context
def command(context: click.Context, device: str | None) -> None:
    """List the devices at hand.

    Prints one line for each device that an installed backend can see: its address, ready to paste
    after --device, the target to compile for, and what it is. Emulators follow, with the devices
    that they have made so far, and the devices that edgesdk.toml names. With --device, shows that
    device in full: its models, memory, versions and trusted keys.
    """
    out = context.ensure_object(Output)
    if context.get_parameter_source("device") == click.core.ParameterSource.COMMANDLINE:
        _one(out, device)
    else:
        _all(out)


def _all(out: Output) -> None:
    found = edgesdk.devices()
    names = {name: row["address"] for name, row in settings()["device"].items()}
    made = _emulators()
    rows = [(info.address, info.target, info.description) for info in found]
    rows += [(address, target, _made(kept)) for address, target, kept in made]
    rows += [(name, "", f"named in edgesdk.toml: {address}") for name, address in names.items()]
    if not rows:
        out.note("no device is here; 'edgesdk doctor' shows what each backend needs")
    out.result(
        table(rows, ("ADDRESS", "TARGET", "DESCRIPTION")) if rows else "",
        devices=found,
        emulators={address: kept for address, _, kept in made},
        names=names,
    )


def _emulators() -> list[tuple[str, str, list[str]]]:
    """Each emulator's address, its target, and the names of the devices that it keeps.

    A backend that cannot tell is left out with a warning, as ``edgesdk.devices`` does.
    """
    made: list[tuple[str, str, list[str]]] = []
    for found in registry.backends():
        try:
            made += list(_emulators_of(found.backend))  # all or none
        except Exception as error:  # it may fail in any way; the others still count
            why = f"{type(error).__name__}: {error}"
            warnings.warn(f"backend {found.name!r}: {why}", registry.BackendWarning, stacklevel=2)
    return made


def _emulators_of(backend: Backend) -> Iterator[tuple[str, str, list[str]]]:
    for scheme in backend.schemes:
        if scheme.startswith("emu:") and isinstance(backend, KeepsEmulated):
            yield scheme, example(backend.targets[0]), _kept(backend, scheme)


def _kept(backend: KeepsEmulated, address: str) -> list[str]:
    try:
        return sorted(backend.kept(Address.parse(address)))
    except (EdgeError, OSError):  # no home folder, or one that may not be read
        return []


def _made(kept: list[str]) -> str:
    return f"emulator, keeps: {', '.join(kept)}" if kept else "emulator, made when it is first used"


def _one(out: Output, address: str | None) -> None:
    with connect(out, address) as connected:
        info, models = connected.info, connected.models()
    rows = [
        ("address", info.address),
        ("target", info.target),
        ("description", info.description),
        *(("memory", f"{kind} {number(size)}") for kind, size in info.memory.items()),
        *(("version", f"{name} {version}") for name, version in info.versions.items()),
        *(("trusted key", key) for key in info.trusted_keys),
        *(("model", _model(model)) for model in models),
    ]
    out.result(table(rows), devices=[info], models=models)


def _model(model: InstalledModel) -> str:
    before = f", before it {model.previous_version}" if model.previous_version else ""
    return (
        f"{model.name} {model.version} (slot {model.slot}, "
        f"security counter {model.security_counter}{before})"
    )
