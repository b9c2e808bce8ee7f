"""From an address to a device that answers."""

from __future__ import annotations

from pathlib import Path

from edgesdk.address import Address

from .device import McuDevice
from .greeting import device_on
from .link import Link
from .options import LinkOptions, emulator_options, link_options


def connect(address: Address) -> McuDevice:
    """Open the link, greet the device.

    Raises ``NoDevice`` (nothing there, or it does not answer), ``DeviceUnavailable``,
    ``AmbiguousDevice`` (two serial ports of one name), ``UsageError``.
    """
    if address.scheme == "emu":
        from .emulated import EmulatedBoard

        options, link = emulator_options(address)
        return EmulatedBoard(options).connect(address, link)
    options_of_link = link_options(address)
    return device_on(address, _open(address, options_of_link), options_of_link)


def device_of(address: Address) -> Path | str:
    """What is at the other end of an address. Raises ``NoDevice``, ``AmbiguousDevice``."""
    if address.scheme == "emu":
        from .emulated import flash_file

        return flash_file(emulator_options(address)[0])
    if address.scheme == "socket":
        return address.rest
    from .links.port_name import port_of

    return Path(port_of(address.rest))


def _open(address: Address, options: LinkOptions) -> Link:
    if address.scheme == "socket":
        from .links.socket_link import open_socket

        return open_socket(address.rest)
    from .links.port_name import port_of
    from .links.serial_port import open_serial

    return open_serial(port_of(address.rest), options.baud)
