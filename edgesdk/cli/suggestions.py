"""What Tab offers besides commands and options: addresses of devices, and models that are on one.

A suggestion changes nothing and opens no port: models are looked up only where they lie in files of
this machine. Whatever fails, a shell that waits for a suggestion gets none, and no words.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click
from click.shell_completion import CompletionItem

from .. import registry
from ..address import Address
from ..config import resolve, settings, state_folder

_EMULATED = "emu:"
_HERE = ("cpu:", "emu:fpga", "emu:nand")  # devices whose models are files here


def addresses(
    context: click.Context, parameter: click.Parameter, begun: str
) -> list[CompletionItem]:
    """Devices: those with a name in the settings, those at hand, and the emulators."""
    found: list[str] = []
    with _silence():
        found += settings()["device"]
    with _silence():
        found += [info.address for info in registry.discover()]
    with _silence():
        schemes = [scheme for loaded in registry.backends() for scheme in loaded.backend.schemes]
        found += sorted(scheme for scheme in schemes if scheme.startswith(_EMULATED))
    return [CompletionItem(text) for text in dict.fromkeys(found) if text.startswith(begun)]


def models(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Models on the device that the command names so far, or files."""
    found: list[str] = []
    with _silence():
        found = sorted(_installed(_device(context)))
    # The first word has the shell offer files; it does so where no model fits.
    fitting = [CompletionItem(name) for name in found if name.startswith(begun)]
    return [CompletionItem(begun, type="file"), *fitting]


def _device(context: click.Context) -> str:
    given = context.params.get("device") or context.params.get("devices")
    if isinstance(given, tuple):
        given = given[0]
    return resolve(given) or "cpu:"


def _installed(address: str) -> list[str]:
    """The names of the models on a device; none where looking would open or make something."""
    parsed = Address.parse(address)
    if not address.startswith(_HERE) or (parsed.scheme == "emu" and not state_folder().is_dir()):
        return []
    device = registry.connect(parsed)
    try:
        return [model.name for model in device.models()]
    finally:
        device.close()


@contextmanager
def _silence() -> Iterator[None]:
    with warnings.catch_warnings(), suppress(Exception):
        warnings.simplefilter("ignore")
        yield
