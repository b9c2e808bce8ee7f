"""What a signal graph is refused for. Each function makes the error; the caller raises it."""

from __future__ import annotations

from edgesdk.errors import ModelRefused


def malformed(why: str) -> ModelRefused:
    """The bytes are no well-formed TFLite model (EDGE-0280)."""
    return ModelRefused("The signal model is not a well-formed TFLite file", evidence=why, code=80)


def unknown_operator(name: str) -> ModelRefused:
    """An operator that the executor does not have (EDGE-0281)."""
    return ModelRefused(
        f"The signal model has an operator that edgesdk does not run: {name}",
        next_step="A signal model holds the Signal operators and a few builtin ones; "
        "split the rest into a model of its own",
        code=81,
    )


def too_large(what: str, count: int, most: int) -> ModelRefused:
    """More of something than the executor takes (EDGE-0282)."""
    return ModelRefused(
        "The signal model is too large", evidence=f"{what}: {count}, at most {most}", code=82
    )


def misfit(operator: str, why: str) -> ModelRefused:
    """Tensors or options that an operator cannot take (EDGE-0283)."""
    return ModelRefused(f"{operator} in the signal model is not valid", evidence=why, code=83)


def miswired(why: str) -> ModelRefused:
    """Operators and tensors that are not connected soundly (EDGE-0284)."""
    return ModelRefused("The signal model is not connected soundly", evidence=why, code=84)


def undefined(operator: str, why: str) -> ModelRefused:
    """A value, met while running, for which an operator has no result (EDGE-0285)."""
    return ModelRefused(f"{operator} has no result for this input", evidence=why, code=85)
