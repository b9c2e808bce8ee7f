"""From what the user typed, a name or a file, to an opened model."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

import edgesdk

from ..address import Address
from ..backend import Device, Session
from ..bundle import Bundle, read_bundle
from ..bundle.keys import trusted_keys
from ..bundle.signed import advise
from ..config import resolve, source
from ..emulated import note_of_new
from ..errors import EdgeError, ModelNotFound, SignatureRefused, UsageError
from ..runtime import refuse_source
from .output import Output


@dataclass(frozen=True)
class Described:
    """A model that can be opened on a device, and what is known of it.

    ``frontend`` is known for a bundle's file only; an installed model's input says its units.
    """

    name: str
    version: str
    open: Callable[[], Session]
    frontend: Mapping[str, Any] | None = None


def connect(out: Output, device: str | None) -> Device:
    """Connect as ``edgesdk.connect`` does; an emulated device of a new name is told of.

    Somebody who mistypes a name would otherwise wonder where the models are.
    """
    try:
        address = resolve(device)
        if address is not None and (note := note_of_new(Address.parse(address))):
            out.note(note)
        return edgesdk.connect(device)
    except UsageError as error:
        if type(error) is UsageError and (where := _source(device)):
            error.what += f" (from {where})"
        raise


def _source(device: str | None) -> str:
    """Where an address comes from that was not typed; "" where it was.

    Some commands connect in a thread, where nothing tells what was typed: another address than
    the variable's was.
    """
    context = click.get_current_context(silent=True)
    told = [context.get_parameter_source(name) for name in ("device", "devices")] if context else []
    typed = ParameterSource.COMMANDLINE in told
    variable = os.environ.get("EDGESDK_DEVICE", "")
    try:
        return source(device if typed or device not in (variable, *variable.split()) else None)
    except EdgeError:  # the settings themselves are what is wrong
        return ""


def is_file(what: str) -> bool:
    """Whether the user means a bundle's file; installed models have no dots or slashes."""
    return what.endswith(".edge") or "/" in what


def open_bundle(path: str | Path) -> Bundle:
    """Open a bundle signed by any key in the user's key folder."""
    return read_bundle(Path(path), trusted_keys())


def describe(what: str, device: Device, stack: ExitStack) -> Described:
    """Find a bundle's file, kept open on the stack, or an installed model. Opens no session.

    Raises ``UsageError`` (EDGE-02299) for a source model.
    """
    refuse_source(what, device)
    if is_file(what):
        bundle = stack.enter_context(open_bundle(what))
        m = bundle.manifest
        return Described(m.name, m.version, lambda: device.open_bundle(bundle), m.frontend)
    versions = {model.name: model.version for model in device.models()}
    return Described(what, versions.get(what, "?"), lambda: _installed(what, device))


def _installed(name: str, device: Device) -> Session:
    """The model of that name; where there is none, it is said on which device."""
    try:
        return device.open(name)
    except ModelNotFound as error:
        if error.evidence and device.info.address not in error.what:  # the name can be one
            error.what += f" on {device.info.address}"
        raise
    except SignatureRefused as error:
        advise(error, device.info.address)
        raise


@contextmanager
def opened(what: str, device: Device) -> Iterator[tuple[Described, Session]]:
    """Open a model for the length of a block."""
    with ExitStack() as stack:
        found = describe(what, device, stack)
        yield found, stack.enter_context(found.open())
