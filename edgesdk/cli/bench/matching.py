"""Which model ``edgesdk bench`` runs on which device."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import UsageError

Pair = tuple[int, int]  # a model's index, and a device's


def matched(made_for: Sequence[str | None], targets: Sequence[str]) -> list[Pair]:
    """Pairs of models and devices, in the devices' order.

    ``made_for`` has the target of each model that is a bundle, and None for any other; ``targets``
    those of the devices. One model runs on every device, and on one device every model. As many
    models as devices go in pairs: in order, or, where bundles have another order, each to a device
    of its target. Otherwise each model runs on every device that it can be for. Raises
    ``UsageError`` (EDGE-02304) for a model without a device, or a device without a model.
    """
    models, devices = range(len(made_for)), range(len(targets))
    if len(models) == 1 or len(devices) == 1:
        return [(model, device) for device in devices for model in models]
    if len(models) == len(devices):
        return _in_pairs(made_for, targets)
    found = [(m, d) for d in devices for m in models if _fits(made_for[m], targets[d])]
    lonely = [m for m in models if m not in {model for model, _ in found}]
    idle = [d for d in devices if d not in {device for _, device in found}]
    if lonely or idle:
        raise _unmatched(made_for, targets)
    return found


def _in_pairs(made_for: Sequence[str | None], targets: Sequence[str]) -> list[Pair]:
    """One model for each device."""
    models = range(len(made_for))
    if all(_fits(made_for[index], targets[index]) for index in models):
        return [(index, index) for index in models]
    rest = list(models)
    taken: dict[int, int] = {}
    for device, target in enumerate(targets):  # bundles choose first, and whoever is left follows
        for model in rest:
            if made_for[model] is not None and _fits(made_for[model], target):
                taken[device] = model
                rest.remove(model)
                break
    free = [device for device in range(len(targets)) if device not in taken]
    if any(made_for[model] is not None for model in rest):
        raise _unmatched(made_for, targets)
    taken.update(zip(free, rest, strict=True))
    return [(taken[device], device) for device in range(len(targets))]


def _fits(made_for: str | None, target: str) -> bool:
    return made_for is None or made_for == target


def _unmatched(made_for: Sequence[str | None], targets: Sequence[str]) -> UsageError:
    bundles = ", ".join(target or "any" for target in made_for)
    return UsageError(
        "The models and the devices do not go together",
        evidence=f"models are for: {bundles}; devices are: {', '.join(targets)}",
        next_step="Give each bundle a device of its target, and each device a model; "
        "edgesdk inspect BUNDLE and edgesdk devices --device ADDRESS show the targets",
        code=304,
    )
