"""SMP group 1: which images are in the slots, and which is to run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .client import SmpClient, integer, malformed
from .header import READ, WRITE

_GROUP = 1
_STATE, _ERASE = 0, 5
_ERASE_SECONDS = 15.0  # a whole slot, page by page


@dataclass(frozen=True)
class ImageState:
    """A whole image in a slot; ``hash`` is the 32 bytes that name it in the other requests."""

    image: int
    slot: int
    version: str
    hash: bytes
    active: bool = False
    confirmed: bool = False
    pending: bool = False
    permanent: bool = False


def images(client: SmpClient) -> list[ImageState]:
    """The images that are there."""
    return _states(client.request(READ, _GROUP, _STATE, {}))


def test(client: SmpClient, digest: bytes) -> list[ImageState]:
    """Try an image at the next reset; without a confirmation the one after that goes back."""
    return _states(client.request(WRITE, _GROUP, _STATE, {"hash": digest, "confirm": False}))


def confirm(client: SmpClient, digest: bytes | None = None) -> list[ImageState]:
    """Keep what runs; or make an image that does not run the one to keep, without a trial."""
    body: dict[str, Any] = {"confirm": True}
    if digest is not None:
        body["hash"] = digest
    return _states(client.request(WRITE, _GROUP, _STATE, body))


def erase(client: SmpClient, image: int, slot: int) -> None:
    """Empty a slot that nothing runs from."""
    client.request(WRITE, _GROUP, _ERASE, {"slot": 2 * image + slot}, seconds=_ERASE_SECONDS)


def _states(body: dict[str, Any]) -> list[ImageState]:
    found = body.get("images")
    if not isinstance(found, list):
        raise malformed("images are missing")
    return [_state(entry) for entry in found]


def _state(entry: Any) -> ImageState:
    if not isinstance(entry, dict):
        raise malformed("an image is no map")
    version, digest = entry.get("version"), entry.get("hash")
    if not isinstance(version, str) or not isinstance(digest, bytes):
        raise malformed("an image lacks its version or hash")
    image = integer(entry, "image") if "image" in entry else 0
    flags = {key: entry.get(key) is True for key in ("active", "confirmed", "pending", "permanent")}
    return ImageState(image, integer(entry, "slot"), version, digest, **flags)
