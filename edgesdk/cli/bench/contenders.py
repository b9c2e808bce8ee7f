"""From what the user named, models and devices, to what ``edgesdk bench`` measures."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from ...backend import Device, Session
from ...bench import Contender, Samples
from ..opening import connect
from .inputs import Wanted
from .matching import matched
from .models import Models, Opens


def contenders_of(
    models: Sequence[str], addresses: Sequence[str], wanted: Wanted, stack: ExitStack
) -> list[Contender]:
    """What runs on what. A device that is named twice is connected to once."""
    connected: dict[str | None, Device] = {}
    for address in addresses or (None,):
        if address not in connected:
            connected[address] = stack.enter_context(connect(wanted.out, address))
    devices = [connected[address] for address in addresses or (None,)]
    found = Models(wanted.out, stack)
    made_for = [found.made_for(what) for what in models]
    pairs = matched(made_for, [device.info.target for device in devices])
    opens = [(found.on(models[m], devices[d]), devices[d]) for m, d in pairs]
    return [_contender(one, device, wanted, not found.compiled) for one, device in opens]


def _contender(found: Opens, device: Device, wanted: Wanted, fresh: bool) -> Contender:
    info = device.info

    def inputs(session: Session) -> Samples:
        return wanted.samples(session, found.frontend)

    return Contender(
        found.name,
        found.version,
        info.address,
        info.target,
        found.open,
        inputs,
        local=info.local,
        emulated=info.emulated,
        known=found.known,
        made_from=found.made_from,
        fresh=fresh,
    )
