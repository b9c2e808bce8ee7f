"""From an address to a device that answers."""

from __future__ import annotations

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


def _open(address: Address, options: LinkOptions) -> Link:
    if address.scheme == "socket":
        from .links.socket_link import open_socket

        return open_socket(address.rest)
    from .links.port_name import port_of
    from .links.serial_port import open_serial

    return open_serial(port_of(address.rest), options.baud)
