"""The accelerator's memory has an end, and so has that of an emulator's machine."""

from __future__ import annotations

from edgesdk.errors import DoesNotFit


def no_room(needed: int, free: int, detail: str) -> DoesNotFit:
    """The error of an ``allocate`` that finds too little: bytes."""
    return DoesNotFit(
        "The accelerator's memory has no room",
        evidence=f"{needed} bytes in one piece are needed; {free} are free in all; {detail}",
        next_step="Use a smaller model or a shorter context, or give it more memory (on a board: "
        "the kernel's cma= setting)",
        code=41,
    )


def no_host_room(needed: int) -> DoesNotFit:
    """The error where this machine lacks so many bytes for an emulated board."""
    return DoesNotFit(
        "This machine has no memory for that of an emulated board",
        evidence=f"{needed} bytes in one piece",
        next_step="Ask for less: emu:fpga?memory=256",
        code=41,
    )
