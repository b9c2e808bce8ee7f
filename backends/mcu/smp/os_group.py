"""SMP group 0: is it there, what runs, start again."""

from __future__ import annotations

from .client import SmpClient, malformed
from .header import READ, WRITE

_GROUP = 0
_ECHO, _RESET, _APPLICATION = 0, 5, 7
_RECOVERY = 1  # Zephyr's boot mode


def echo(client: SmpClient, text: str) -> str:
    """What the device sends back: the text."""
    return _text(client.request(WRITE, _GROUP, _ECHO, {"d": text}).get("r"))


def description(client: SmpClient) -> str:
    """One line about what runs."""
    return _text(client.request(READ, _GROUP, _APPLICATION, {"format": "a"}).get("output"))


def reset(client: SmpClient, *, to_recovery: bool = False) -> None:
    """Start the device again; with ``to_recovery`` only as far as its boot stage.

    Asked once: where only the answer is lost, a second request would reset what has just started.
    """
    body = {"boot_mode": _RECOVERY} if to_recovery else {}
    with client.turn:
        header = client.send(WRITE, _GROUP, _RESET, body)
        client.receive([header], client.now() + client.seconds)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise malformed(f"text expected, not {value!r}"[:100])
    return value
