"""Where a prediction is of: a target, or a device's address that stands for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..address import Address
from ..config import resolve
from ..errors import UsageError
from ..registry import for_address
from .question import PredictsAddress


@dataclass(frozen=True)
class Target:
    """A target, and options of the prediction that an address brought.

    ``apart``: options of the address that are valid, and change nothing of a prediction.
    """

    target: str
    options: Mapping[str, str] = field(default_factory=dict)
    apart: tuple[str, ...] = ()

    def with_options(self, given: Mapping[str, str]) -> dict[str, str]:
        """All options. Raises ``UsageError`` (EDGE-02229) for one that is given twice, with two
        values."""
        for key in sorted(set(given) & set(self.options)):
            if given[key] != self.options[key]:
                raise UsageError(
                    f"The option {key[:40]} has two values",
                    evidence=f"{self.options[key][:40]!r} in the device's address, and "
                    f"{given[key][:40]!r} in --option",
                    next_step="Give it once",
                    code=229,
                )
        return {**self.options, **given}


def target_of(target: str | None, device: str | None, compiled_for: str = "") -> Target:
    """The target, or what a device's address (or its name in edgesdk.toml) stands for; without
    either, what a bundle was compiled for.

    Raises ``UsageError``: EDGE-02194 where nothing says, EDGE-02228 where both do, EDGE-02230 for
    a device of a kind that says nothing about predictions.
    """
    if target and device:
        raise UsageError(
            "A prediction is for a target or for a device, not for both",
            evidence=f"--target {target[:80]} and --device {device[:80]}",
            next_step="Leave one of them out",
            code=228,
        )
    if device:
        return _of_address(device)
    if target or compiled_for:
        return Target(target or compiled_for)
    raise UsageError(
        "A prediction needs a target",
        next_step="For example: --target fpga:kv260, or --device emu:nand?preset=cambricon-l",
        code=194,
    )


def _of_address(device: str) -> Target:
    address = Address.parse(resolve(device) or device)
    backend = for_address(address)
    if isinstance(backend, PredictsAddress):
        return backend.prediction_target(address)
    raise UsageError(
        f"What {address} is cannot be predicted from its address",
        evidence=f"backend: {backend.name}",
        next_step="Name a target instead, for example: --target fpga:kv260",
        code=230,
    )
