"""What can be wrong with a connection to a board, in words."""

from __future__ import annotations

from edgesdk.agent.wire.messages import NOISE, PROTOCOL, SILENCE
from edgesdk.errors import DeviceUnavailable, EdgeError, LinkFailed, NoDevice
from edgesdk.version import __version__

from ..address import AGENT, BoardAddress
from ..texts import shown
from .process import NOT_FOUND, SSH_FAILED, BoardProcess

_NOT_EXECUTABLE = 126
_AGAIN = (
    "The board has the old model or the new one, whole. Try again: an upload goes on where it was"
)


def no_agent(address: BoardAddress, process: BoardProcess, noise: bytes) -> EdgeError:
    """Why ssh ended before the agent said hello."""
    code, words = process.ended(2.0), process.words()
    place = address.destination
    if code in (NOT_FOUND, _NOT_EXECUTABLE):
        return NoDevice(
            f"The board {place} has no edgesdk where it was looked for",
            evidence=words or f"its shell ended with {code}",
            next_step="Install it there: pip install 'edgesdk[cpu]'; or say where it is with "
            f"{AGENT}=PATH in the address, for example {AGENT}=~/venv/bin/edgesdk",
            code=40,
        )
    if code == SSH_FAILED:
        return NoDevice(
            f"ssh does not get to {place}",
            evidence=words or "it said nothing",
            next_step=f"See that this works: {address.to_try}",
            code=41,
        )
    said = shown(noise[-200:].decode("utf-8", "replace").strip())
    how = "is still there" if code is None else f"ended with {code}"
    return NoDevice(
        f"What answers on {place} is no agent of edgesdk",
        evidence="\n  ".join(filter(None, (f"it {how}", said, words))),
        next_step="Update edgesdk there, and see that the login shell does not end early",
        code=43,
    )


def too_noisy(address: BoardAddress) -> NoDevice:
    """The login shell writes and writes."""
    return NoDevice(
        f"What answers on {address.destination} is no agent of edgesdk",
        evidence=f"{NOISE} bytes came before it said hello",
        next_step="See what the login shell there prints when nobody is at a terminal",
        code=43,
    )


def too_late(address: BoardAddress, seconds: float) -> NoDevice:
    """No hello."""
    return NoDevice(
        f"The agent on {address.destination} did not say hello within {seconds:g} seconds",
        evidence="ssh runs, and neither ends nor gives an answer",
        next_step=f"See that this ends: {address.to_try}",
        code=44,
    )


def other_protocol(address: BoardAddress, protocol: object, version: object) -> DeviceUnavailable:
    """The other side speaks another version of the protocol."""
    newer = isinstance(protocol, int) and protocol > PROTOCOL
    where = "on this machine" if newer else f"on {address.destination}"
    return DeviceUnavailable(
        f"The edgesdk on {address.destination} speaks another protocol than this one",
        evidence=f"there: edgesdk {version!s:.40}, protocol {protocol!s:.20}; "
        f"here: edgesdk {__version__}, protocol {PROTOCOL}",
        next_step=f"Update edgesdk {where}: pip install --upgrade edgesdk",
        code=83,
    )


def ended(address: BoardAddress, process: BoardProcess) -> LinkFailed:
    """The connection ended after the hello."""
    code, words = process.ended(2.0), process.words()
    how = "it closed its side" if code is None else f"ssh ended with {code}"
    if code is not None and code < 0:
        how = f"ssh was ended by signal {-code}"
    return LinkFailed(
        f"The connection to {address.destination} ended",
        evidence="\n  ".join(filter(None, (how, words))),
        next_step=_AGAIN,
        code=55,
    )


def silent(address: BoardAddress) -> LinkFailed:
    """Nothing came although it was asked."""
    return LinkFailed(
        f"{address.destination} has said nothing for {SILENCE:g} seconds, although it was asked",
        evidence="the connection was given up",
        next_step=_AGAIN,
        code=56,
    )


def unread(address: BoardAddress, error: Exception) -> LinkFailed:
    """What has come could not be taken in here."""
    return _given_up(address, f"this machine could not take what came: {type(error).__name__}")


def broken_rule(evidence: str) -> LinkFailed:
    """The board sends what it must not."""
    return LinkFailed(
        "The board broke a rule of the agent's protocol",
        evidence=evidence,
        next_step="See that both sides have the same version of edgesdk",
        code=57,
    )


def closed(address: BoardAddress, why: EdgeError | None) -> LinkFailed:
    """It is used after its end."""
    return LinkFailed(
        f"The connection to {address.destination} is closed",
        evidence=f"{why.what} [{why.id}]" if why is not None else "",
        next_step="Connect again",
        code=58,
    )


def given_up(address: BoardAddress, call: str, seconds: float) -> LinkFailed:
    """The board still computes what nobody waits for any more."""
    evidence = f"{call} was interrupted, and the board did not end it in {seconds:g} seconds"
    return _given_up(address, evidence)


def _given_up(address: BoardAddress, evidence: str) -> LinkFailed:
    return LinkFailed(
        f"The connection to {address.destination} was given up",
        evidence=evidence,
        next_step="Connect again; the board goes back to what it ran by itself",
        code=59,
    )
