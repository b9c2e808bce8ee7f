"""``edgesdk keys``: the keys that sign bundles, and those that a device trusts."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..bundle import keys as folder
from ..bundle.signing import key_id
from ..errors import UsageError
from .opening import connect
from .options import FILE, common, device
from .output import Output
from .text import table


@click.group(no_args_is_help=False)
def command() -> None:
    """Manage signing keys, and the keys that a device trusts.

    A development key is made on first use. A device takes only bundles that are signed by a key it
    was provisioned with.
    """


@command.command("list")
@common
@click.pass_obj
def list_command(out: Output) -> None:
    """List your keys.

    Each with its name, its id, and whether it can sign here.
    """
    found = folder.list_keys()
    rows = [(entry.name, entry.key_id or "-", _use(entry)) for entry in found]
    out.result(
        table(rows, ("NAME", "ID", "USE")) if rows else "",
        keys=[
            {"name": e.name, "id": e.key_id, "signs": e.private, "problem": e.problem}
            for e in found
        ],
    )


def _use(entry: folder.KeyEntry) -> str:
    return entry.problem or ("signs" if entry.private else "public only")


@command.command("new")
@click.argument("name")
@common
@click.pass_obj
def new_command(out: Output, name: str) -> None:
    """Make a signing key."""
    key = folder.create(name)
    identity = key_id(key.public)
    out.result(f"{name}  {identity}", name=name, id=identity)


@command.command("add")
@click.argument("name")
@click.argument("keyfile", type=FILE)
@common
@click.pass_obj
def add_command(out: Output, name: str, keyfile: Path) -> None:
    """Trust somebody else's key.

    Takes the public key of a PEM file under a name: bundles that it signs are taken on this
    machine from now on.
    """
    identity = key_id(folder.add_public(name, keyfile))
    out.result(f"{name}  {identity}", name=name, id=identity)


@command.command("export")
@click.argument("name")
@common
@click.pass_obj
def export_command(out: Output, name: str) -> None:
    """Print a key's public half as PEM text."""
    text = folder.export_public(name)
    out.result(text.strip(), name=name, pem=text)


@command.command("trust")
@click.argument("key", metavar="KEYFILE_OR_NAME")
@device
@common
@click.pass_obj
def trust_command(out: Output, key: str, device: str | None) -> None:
    """Make a device trust a key.

    It takes bundles that the key signs from now on.
    """
    public = folder.load_public(key)
    with connect(out, device) as connected:
        connected.trust(public)
        address = connected.info.address
    out.result(f"{address} trusts {key_id(public)}", device=address, id=key_id(public))


@command.command("distrust")
@click.argument("key", metavar="KEYFILE_OR_NAME")
@device
@common
@click.pass_obj
def distrust_command(out: Output, key: str, device: str | None) -> None:
    """Take a key back from a device.

    Models that it signed no longer open there.
    """
    public = folder.load_public(key)
    with connect(out, device) as connected:
        connected.distrust(public)
        address = connected.info.address
    out.result(f"{address} distrusts {key_id(public)}", device=address, id=key_id(public))


@command.command("delete")
@click.argument("name")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@common
@click.pass_obj
def delete_command(out: Output, name: str, yes: bool) -> None:
    """Delete a key for good. Devices that trust only this key take no more bundles."""
    if not yes:
        _confirm(name)
    folder.delete(name)
    out.result(f"deleted {name}", name=name)


def _confirm(name: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError(
            f"Deleting the key {name} cannot be undone", next_step="Add --yes to do it", code=32
        )
    click.confirm(f"Delete the key {name}? This cannot be undone", abort=True, err=True)
