"""The calls of a deploy, and what a host sends for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ...backend import Fit
from ...bundle import Part, SignedManifest, read_bundle
from ...bundle.keys import trusted_keys
from ...bundle.signing import key_id
from ...store import StoreDevice
from ..board import Board
from ..board_errors import explained
from ..call import Answer, Call, only_blob, seldom, senseless
from ..spool_contents import on_one_disk
from ..wire.arguments import Content, Nothing, OfPart, Upload
from ..wire.plain import Wrong, to_plain
from .opening import opened


def check(board: Board, call: Call, given: Nothing) -> Answer:
    """Whether a bundle fits, the room for what is sent first among it."""
    signed = _signed(call)
    rows = [*board.device.check(signed).rows, _room(board, signed)]
    return Answer({"rows": to_plain(rows)})


def begin(board: Board, call: Call, given: Nothing) -> Answer:
    """Take the device for one deploy."""
    signed = _signed(call)
    board.device.begin(signed)
    board.signed = signed
    board.spool.needed = board.spool.paths(_contents(signed.manifest.parts))
    return Answer()


def wants(board: Board, call: Call, given: OfPart) -> Answer:
    """Whether the device keeps a part."""
    return Answer({"wants": bool(board.device.wants(given.part))})


def have(board: Board, call: Call, given: Content) -> Answer:
    """How much of a content has come, now or before a link was cut."""
    return Answer({"size": board.spool.have(given.sha256, given.size)})


def upload(board: Board, call: Call, given: Upload) -> Answer:
    """More of it."""
    blob = only_blob(call.blobs)
    return Answer({"size": board.spool.upload(given.sha256, given.size, given.offset, blob)})


def stage(board: Board, call: Call, given: OfPart) -> Answer:
    """Write a part that has come into the device's inactive slot."""
    part = given.part
    if board.signed is None or part not in board.signed.manifest.parts:
        raise senseless(f"no deploy of a part {part.name[:80]!r} is under way")
    path = board.spool.whole(part.sha256, part.size)
    with explained(path):
        stream = path.open("rb")
    with stream:
        return Answer({"sha256": board.device.stage(part, stream, seldom(call, part.size))})


def trial(board: Board, call: Call, given: Nothing) -> Answer:
    """Open the staged model."""
    return opened(board, board.device.trial)


def confirm(board: Board, call: Call, given: Nothing) -> Answer:
    """Make it the active one; what was sent for it is not needed any more."""
    model = board.device.confirm()
    if board.signed is not None:
        board.spool.remove(_contents(board.signed.manifest.parts))
    board.forget()
    return Answer({"model": to_plain(model)})


def revert(board: Board, call: Call, given: Nothing) -> Answer:
    """Forget it. What was sent stays for a while: the next deploy may be the same one."""
    board.forget()
    board.device.revert()
    return Answer()


def open_bundle(board: Board, call: Call, given: Content) -> Answer:
    """Open a bundle that has come. Its key is one that the device or the board's user trusts."""
    path = board.spool.whole(given.sha256, given.size)
    trusted = _Trusted(trusted_keys(), board.device.info.trusted_keys)
    with read_bundle(path, trusted) as bundle:
        return opened(board, lambda: board.device.open_bundle(bundle))


def _signed(call: Call) -> SignedManifest:
    """The request's manifest: its signature holds. The device looks at whose it is."""
    if len(call.blobs) != 2:
        raise Wrong(f"{len(call.blobs)} blobs where a manifest and its signature belong")
    data, signature = call.blobs
    return SignedManifest.verified(data, signature, None)


def _contents(parts: Iterable[Part]) -> list[tuple[str, int]]:
    return [(part.sha256, part.size) for part in parts]


def _room(board: Board, signed: SignedManifest) -> Fit:
    """The line of a fit report about the spool, with what the device writes to the same disk."""
    device, spool = board.device, board.spool
    beside = 0
    if isinstance(device, StoreDevice) and on_one_disk(device.folder, spool.folder):
        beside = device.takes(signed)
    sent = [part for part in signed.manifest.parts if device.wants(part)]
    needed, room = spool.room(_contents(sent), beside)
    told = f"{needed:,} bytes" + (", the model's own place too" if beside else "")
    note = "" if needed <= room else "free some space on the board's disk"
    return Fit("room for uploads", told, f"{room:,} bytes", needed <= room, note)


class _Trusted(Collection[bytes]):
    """The keys of the board's user, and those of the device, which tells their ids only."""

    def __init__(self, keys: Collection[bytes], ids: Collection[str]) -> None:
        self._keys, self._ids = keys, ids

    def __contains__(self, key: object) -> bool:
        return key in self._keys or (isinstance(key, bytes) and key_id(key) in self._ids)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)
