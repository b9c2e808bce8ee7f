"""From an address to a device that answers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from edgesdk.address import Address
from edgesdk.config import state_folder
from edgesdk.errors import EdgeError

from .device import McuDevice
from .link import Link
from .options import EmulatorOptions, LinkOptions, emulator_options, link_options
from .smp.client import SmpClient


def connect(address: Address) -> McuDevice:
    """Open the link, greet the device.

    Raises ``NoDevice`` (nothing there, or it does not answer), ``DeviceUnavailable``,
    ``AmbiguousDevice`` (two serial ports of one name), ``UsageError``.
    """
    if address.scheme == "emu":
        from .emulated import EmulatedBoard

        options, link = emulator_options(address)
        return EmulatedBoard(options, _folder(options)).connect(address, link)
    options_of_link = link_options(address)
    return device_on(address, _open(address, options_of_link), options_of_link)


def device_on(
    address: Address, link: Link, options: LinkOptions, on_close: Callable[[], None] | None = None
) -> McuDevice:
    """The device at the end of an open link, which it closes when it is closed."""

    def close() -> None:
        link.close()
        if on_close is not None:
            on_close()

    try:
        client = SmpClient(_with_faults(link, options), seconds=options.deadline)
        client.negotiate()
        return McuDevice(
            address,
            client,
            on_close=close,
            seconds=options.inference,
            replace=options.replace,
        )
    except BaseException:
        with suppress(EdgeError):
            close()
        raise


def _open(address: Address, options: LinkOptions) -> Link:
    if address.scheme == "socket":
        from .links.socket_link import open_socket

        return open_socket(address.rest)
    from .links.port_name import port_of
    from .links.serial_port import open_serial

    return open_serial(port_of(address.rest), options.baud)


def _with_faults(link: Link, options: LinkOptions) -> Link:
    if not (options.noise or options.drop or options.double):
        return link
    from .links.faulty import FaultyLink

    return FaultyLink(
        link,
        bit_errors=options.noise,
        drop=options.drop,
        double=options.double,
        seed=options.link_seed,
    )


def _folder(options: EmulatorOptions) -> Path:
    return options.state or state_folder() / "boards"
