"""What may stand behind the question mark of an address, and what can be chosen when compiling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from edgesdk.address import Address
from edgesdk.emulated_folder import EmulatedFolder
from edgesdk.errors import UsageError
from edgesdk.nearest import near_it
from edgesdk.option_values import Reader, name, one_of, only_known, path, read_options, whole
from edgesdk.predict.target import Target

from .design.chosen import Chosen, chosen_design
from .design.design import TARGETS
from .design.parameters import PARAMETERS
from .flash.faults import NO_FAULTS, Faults, parse_faults
from .npu.page_products import EXACT, RESULTS
from .quantise.shape import FLOAT16, INT8
from .reliability.options import OPTIONS as ERRORS
from .reliability.options import settings
from .reliability.settings import ErrorSettings
from .workload.decoder import FORMATS

MOST_THREADS = 64  # EDGE_NAND_MOST_THREADS of the kernels
DOUBTED = (*ERRORS, "results")  # options that may make answers wrong
_NO_ERRORS = ErrorSettings()


@dataclass(frozen=True)
class OpenOptions:
    """How a model is opened.

    ``context``: positions of the cache, 0 for as many as the model has. ``threads``: of the kernels
    that stand for the cores. ``results``: how wide a core's sums are, as
    ``PageProducts`` has it. ``errors``: what the cells do.
    """

    context: int = 0
    threads: int = 1
    results: str = EXACT
    errors: ErrorSettings = _NO_ERRORS


@dataclass(frozen=True)
class AddressOptions:
    """All that an address says.

    ``name``: of the device, its preset's unless given. ``state``: the folder of these devices.
    ``faults``: what befalls the flash.
    """

    design: Chosen
    name: str
    opening: OpenOptions = field(default_factory=OpenOptions)
    state: Path | None = None
    faults: Faults = NO_FAULTS

    @property
    def devices(self) -> EmulatedFolder:
        """Where emulated devices are, each with its store and its flash."""
        return EmulatedFolder("nand", self.state)


@dataclass(frozen=True)
class CompileOptions:
    """How a model is compiled.

    ``design``: of the target. ``weights``: a key of ``FORMATS``, the model's own where empty.
    ``context``: positions to serve, 0 for the model's own up to a limit. ``cache``: how keys and
    values lie in DRAM. ``correction``, ``copies`` and ``compare``: of the pages; empty and 0 for
    what suits the weights.
    """

    design: Chosen
    weights: str = ""
    context: int = 0
    cache: str = FLOAT16
    correction: str = ""
    copies: int = 0
    compare: str = ""


def from_address(address: Address) -> AddressOptions:
    """Read an address's options.

    Raises ``UsageError``: EDGE-02279 for a wrong one, EDGE-02283 for details of a correction that
    is not named, and what design and error settings raise.
    """
    _check_correction(address.options)
    chosen = chosen_design(address.options)
    errors, rest = settings(chosen.rest)
    _check_known(rest)
    values = read_options(rest, _ADDRESS, "emu:nand", _bad_address)
    opening = OpenOptions(
        errors=errors,
        **{key: values[key] for key in ("context", "threads", "results") if key in values},
    )
    faults = parse_faults(values["fault"]) if "fault" in values else NO_FAULTS
    own = values.get("name", chosen.design.name)
    return AddressOptions(chosen, own, opening, values.get("state"), faults)


def prediction_target(address: Address) -> Target:
    """What an address says of a prediction; options of its cells and of the emulator stay apart.

    Raises what ``from_address`` raises of those, and of the preset. All others are for whoever
    predicts.
    """
    given = address.options
    apart = {key: text for key, text in given.items() if key in _ADDRESS or key in ERRORS}
    named = {"preset": given["preset"]} if "preset" in given else {}
    preset = from_address(replace(address, options={**named, **apart})).design.preset.name
    options = {key: text for key, text in given.items() if key not in apart}
    return Target(f"{TARGETS}{preset}", {"preset": preset, **options}, tuple(apart))


def from_compile(target: str, options: Mapping[str, str]) -> CompileOptions:
    """Read the compile options for a target.

    Raises ``UsageError``: EDGE-0209 for an unknown one, EDGE-02280 for a wrong one, EDGE-02281
    where the target and the preset's file do not name the same device.
    """
    only_known(options, sorted((*_COMPILE, "preset")), "A model for NAND flash")
    values = read_options(
        {key: text for key, text in options.items() if key != "preset"},
        _COMPILE,
        "a model for NAND flash",
        _bad_choice,
    )
    return CompileOptions(_target_design(target, options.get("preset", "")), **values)


def _check_known(options: Mapping[str, str]) -> None:
    """Most options are keys of a design, so those near a wrong one are shown of all."""
    for key in options:
        if key not in _ADDRESS:
            own = sorted({*_ADDRESS, *ERRORS, "preset"})
            others = f"known: {', '.join(own)}, and every key of a design (docs/nand-design.md)"
            why = near_it(key, [*own, *PARAMETERS], others)
            raise _bad_address(f"emu:nand has no option {key[:40]!r}", why)


def _check_correction(options: Mapping[str, str]) -> None:
    for key in ("copies", "compare"):
        if key in options and "correction" not in options:
            raise UsageError(
                f"{key} says nothing without the correction that it belongs to",
                evidence="an address without correction leaves the bundle's own, whole",
                next_step=f"Give both: correction=exact&{key}={options[key][:40]}",
                code=283,
            )


def _target_design(target: str, preset: str) -> Chosen:
    wanted = target.removeprefix(TARGETS)
    if not preset and ("/" in wanted or wanted.endswith(".toml")):
        raise UsageError(
            f"A target is a device's name, and {wanted[:80]!r} is a path",
            next_step="Give the name that is in the file, and the file as an option: --target "
            "nand:NAME --option preset=FILE.toml",
            code=281,
        )
    chosen = chosen_design({"preset": preset or wanted})
    if chosen.design.name != wanted:
        raise UsageError(
            f"The preset {preset[:80]} describes another device than the target",
            evidence=f"its name is {chosen.design.name}, the target's {wanted[:80]}",
            next_step=f"Compile for it: --target {chosen.design.target}",
            code=281,
        )
    return chosen


def _bad_address(what: str, evidence: str) -> UsageError:
    return UsageError(what, evidence=evidence, code=279)


def _bad_choice(what: str, evidence: str) -> UsageError:
    return UsageError(what, evidence=evidence, code=280)


_CONTEXT = whole(1, 1 << 20)
_ADDRESS: dict[str, Reader] = {
    "context": _CONTEXT,
    "threads": whole(1, MOST_THREADS),
    "results": one_of(*RESULTS),
    "name": name,
    "state": path,
    "fault": str,
}
_COMPILE: dict[str, Reader] = {
    "weights": one_of(*FORMATS),
    "context": _CONTEXT,
    "cache": one_of(FLOAT16, INT8),
    **{key: ERRORS[key] for key in ("correction", "copies", "compare")},
}
