"""Whether DRAM and flash have the room that a policy for experts supposes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edgesdk.errors import UsageError

from ..design.design import Design
from ..mapping.capacity import dram_bytes
from ..workload.workload import Workload
from .policy import ExpertPolicy


@dataclass(frozen=True)
class ExpertLayers:
    """``layers`` alike, each with ``copies`` experts, of which a token uses ``used``.

    ``weights``: of one expert, all its matrices.
    """

    layers: int
    copies: int
    used: int
    weights: int


def expert_layers(workload: Workload) -> Iterator[ExpertLayers]:
    """The kinds of layers that have routed experts."""
    for kind in workload.layers:
        routed = [matrix for matrix in kind.matrices if matrix.copies > 1]
        if routed:
            weights = sum(matrix.weights for matrix in routed)
            yield ExpertLayers(kind.count, routed[0].copies, routed[0].used, weights)


def fitted(policy: ExpertPolicy, workload: Workload, design: Design, context: int) -> ExpertPolicy:
    """The policy with a number of experts where it had room for them.

    Raises ``UsageError`` (EDGE-02245) for a model without routed experts, for more of them than it
    has, or than the DRAM holds beside the cache of ``context`` positions and the embedding, and for
    copies of low precision that are none, or that the flash does not hold beside the model.
    """
    found = tuple(expert_layers(workload))
    if not found:
        raise _refused(
            f"{workload.name} has no routed experts",
            "every token uses all its weights",
            "Leave out the options that begin with experts_",
        )
    policy = _counted(policy, _each(workload), max(kind.copies for kind in found))
    _check_room(policy, design, workload, dram_bytes(design, workload, context))
    _check_bits(policy, workload)
    _check_copies(policy, design, workload)
    return policy


def held_bytes(policy: ExpertPolicy, workload: Workload) -> float:
    """Of the experts that DRAM holds, or must hold at least to serve so many uses."""
    return _held(policy, workload) * _each(workload)


def _held(policy: ExpertPolicy, workload: Workload) -> int:
    """Experts of each layer."""
    used = max(kind.used for kind in expert_layers(workload))
    return max(policy.cached, policy.least_held(used))


def _each(workload: Workload) -> float:
    """Bytes of one expert in all layers."""
    weights = sum(kind.layers * kind.weights for kind in expert_layers(workload))
    return weights * workload.weight_bits / 8


def _counted(policy: ExpertPolicy, each: float, most: int) -> ExpertPolicy:
    """``each``: bytes of one expert in all layers; ``most``: experts of a layer."""
    if 0 < policy.cached_bytes < each:
        raise _refused(
            f"{policy.cached_bytes / 1e9:g} GB hold no expert of each layer",
            f"one of each takes {each / 1e9:.2f} GB",
            "Give more room, or leave experts_cached out",
        )
    policy = policy.with_room(each, most)
    if policy.cached > most:
        why = f"experts_cached is {policy.cached}, a layer has {most}"
        raise _refused("DRAM cannot hold experts that there are not", why, f"Take {most} or fewer")
    return policy


def _check_room(policy: ExpertPolicy, design: Design, workload: Workload, others: float) -> None:
    """``others``: bytes in DRAM beside the experts."""
    needed, room = held_bytes(policy, workload), design.dram_gb * 1e9
    if needed and needed + others > room:
        held, most = _held(policy, workload), max(int((room - others) / _each(workload)), 0)
        raise _refused(
            f"The DRAM of {design.name} cannot hold {held} of the experts of each layer",
            f"they take {needed / 1e9:.2f} GB, cache and embedding {others / 1e9:.2f} GB, "
            f"dram_gb is {design.dram_gb:g}",
            f"Take fewer, {most} at most (experts_cached, experts_hit), or a larger dram_gb",
        )


def _check_bits(policy: ExpertPolicy, workload: Workload) -> None:
    if policy.miss_bits >= workload.weight_bits:
        raise _refused(
            f"experts_miss_bits={policy.miss_bits} is no low precision",
            f"the weights have {workload.weight_bits} bits as ever",
            "Take fewer bits, or leave experts_miss_bits out",
        )


def _check_copies(policy: ExpertPolicy, design: Design, workload: Workload) -> None:
    """Experts that are read at low precision lie in flash a second time; padding is not counted."""
    weights = sum(kind.layers * kind.copies * kind.weights for kind in expert_layers(workload))
    copies, stored = weights * policy.miss_bits / 8, workload.stored_bytes
    if copies and copies + stored > design.usable_bytes:
        raise _refused(
            f"The flash of {design.name} cannot hold experts of {policy.miss_bits} bits as well",
            f"they take {copies / 1e9:.2f} GB and the model {stored / 1e9:.2f} GB, of "
            f"{design.usable_bytes / 1e9:.2f} GB without bad and spare blocks",
            "Leave out experts_miss_bits, or take more blocks, chips or channels",
        )


def _refused(what: str, why: str, next_step: str) -> UsageError:
    return UsageError(what, evidence=why, next_step=next_step, code=245)
