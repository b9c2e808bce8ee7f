"""Emulated devices have names, and the first use of one makes a device: that is to be noticed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from . import registry
from .address import Address

NAME = "name"  # the option of an address


@runtime_checkable
class KeepsEmulated(Protocol):
    """A backend whose emulated devices stay between two uses."""

    def kept(self, address: Address) -> Sequence[str]:
        """The names of those that are kept where an emulated device's address looks.

        Raises ``UsageError`` for an address that makes no sense.
        """


def note_of_new(address: Address) -> str:
    """What to tell before a device of a new name is made; "" where it is there, or has no name."""
    name = address.options.get(NAME)
    if address.scheme != "emu" or name is None:
        return ""
    backend = registry.for_address(address)
    names = sorted(backend.kept(address)) if isinstance(backend, KeepsEmulated) else [name]
    if name in names:
        return ""
    others = f"those that are there: {', '.join(names)}" if names else "there is no other one"
    return f"{address} is a new emulated device, without a model; {others}"
