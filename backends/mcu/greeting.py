"""The device at the end of an open link: greeted, so that it is one, and then ours."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from edgesdk.address import Address
from edgesdk.errors import EdgeError

from .device import McuDevice
from .link import Link
from .options import LinkOptions
from .smp.client import SmpClient


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
