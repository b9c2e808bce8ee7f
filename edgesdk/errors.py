"""Every error that edgesdk raises on purpose.

    EdgeError
    ├── InternalFault          exit 1    a defect in edgesdk itself
    ├── UsageError             exit 2    the request makes no sense as given
    │   ├── InputMismatch                an input's name, dtype or shape is not the model's
    │   ├── ModelNotFound                no model of that name on the device
    │   ├── ModelRefused                 a source model that cannot be read or compiled
    │   └── MissingExtra                 an optional library is not installed
    ├── NoDevice               exit 3    nothing answers at the address
    ├── AmbiguousDevice        exit 4    more than one device matches
    ├── DeviceUnavailable      exit 5    no permission, or somebody else is using it
    ├── LinkFailed             exit 6    the link broke and retries did not help
    ├── VerificationMismatch   exit 7    bytes or answers differ from what was promised
    ├── BundleRefused          exit 8    signature, format or downgrade
    │   ├── SignatureRefused
    │   ├── FormatRefused
    │   └── DowngradeRefused
    ├── DoesNotFit             exit 9    memory, storage, operators or versions
    ├── DeviceReverted         exit 10   the device answered wrongly and went back to its old model
    └── Interrupted            exit 130  the user stopped it

An error says what failed, the evidence, and what to do next, and carries a stable id such as
``EDGE-0801``: the first two digits are the exit code (13 for 130), the others count within it (two
digits up to 99, then three: ``EDGE-02100``).
``docs/errors.md`` has a section for each id.
"""

from __future__ import annotations


class EdgeError(Exception):
    """A known failure: what failed, the evidence, what to do next, and a stable id.

    ``what`` is one sentence without a full stop at its end; ``evidence`` and ``next_step`` may be
    empty. ``code`` counts within the class's exit code and makes the id.
    """

    exit_code = 1
    default_code = 1

    def __init__(
        self, what: str, *, evidence: str = "", next_step: str = "", code: int | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.evidence = evidence
        self.next_step = next_step
        self.code = self.default_code if code is None else code

    @property
    def id(self) -> str:
        """The stable id, for example ``EDGE-0801``."""
        return f"EDGE-{min(self.exit_code, 13):02d}{self.code:02d}"

    def __str__(self) -> str:
        lines = [f"{self.what} [{self.id}]"]
        lines += [self.evidence] if self.evidence else []
        lines += [self.next_step] if self.next_step else []
        return "\n  ".join(lines)

    def as_dict(self) -> dict[str, object]:
        """The error as the ``error`` object of ``--json`` output."""
        return {
            "id": self.id,
            "exit_code": self.exit_code,
            "what": self.what,
            "evidence": self.evidence,
            "next": self.next_step,
        }


class InternalFault(EdgeError):
    """A defect in edgesdk itself."""

    exit_code = 1


class UsageError(EdgeError):
    """The request makes no sense as given."""

    exit_code = 2


class InputMismatch(UsageError):
    """An input's name, dtype or shape is not the model's."""

    default_code = 2


class ModelNotFound(UsageError):
    """No model of that name on the device."""

    default_code = 3


class ModelRefused(UsageError):
    """A source model that cannot be read or compiled."""

    default_code = 4


class MissingExtra(UsageError):
    """An optional library is not installed; names the extra that brings it.

    ``otherwise``: what to do where that is not the point.
    """

    default_code = 5

    def __init__(self, library: str, extra: str, otherwise: str = "") -> None:
        super().__init__(
            f"The Python package {library} is not installed",
            next_step=f"Install it with: pip install 'edgesdk[{extra}]'" + otherwise,
        )


class NoDevice(EdgeError):
    """Nothing answers at the address."""

    exit_code = 3


class AmbiguousDevice(EdgeError):
    """More than one device matches; the message lists ready-to-paste addresses."""

    exit_code = 4


class DeviceUnavailable(EdgeError):
    """No permission, or somebody else is using the device."""

    exit_code = 5


class LinkFailed(EdgeError):
    """The link broke and retries did not help."""

    exit_code = 6


class VerificationMismatch(EdgeError):
    """Bytes or answers differ from what was promised."""

    exit_code = 7


class BundleRefused(EdgeError):
    """A bundle that must not be used: signature, format or downgrade."""

    exit_code = 8


class SignatureRefused(BundleRefused):
    """The signature is wrong, or its key is not trusted."""

    default_code = 1


class FormatRefused(BundleRefused):
    """The file is not a well-formed bundle."""

    default_code = 2


class DowngradeRefused(BundleRefused):
    """The bundle's security counter is lower than the device's."""

    default_code = 3


class DoesNotFit(EdgeError):
    """Memory, storage, operators or versions that the device does not have."""

    exit_code = 9


class DeviceReverted(EdgeError):
    """The device answered wrongly and went back to its old model."""

    exit_code = 10


class Interrupted(EdgeError):
    """The user stopped it."""

    exit_code = 130
