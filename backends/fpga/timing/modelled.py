"""What a board would take for the last step, as ``docs/fpga-timing.md`` models it."""

from __future__ import annotations

from collections.abc import Mapping

from edgesdk.bench import Figure
from edgesdk.decoder.config import RELU2, SILU, DecoderConfig

from ..weights.layout import PackedShape
from .figures import modelled


def modelled_figures(
    shape: PackedShape, at: tuple[int, int], head: str, clock: float, profile: str = ""
) -> Mapping[str, Figure]:
    """Time, rate and energy of decoding a token, and the rate of reading a prompt.

    ``at``: the positions before that token, and the prompt's tokens, 0 for no prompt. ``clock``: of
    the fabric, MHz, 0 where the bundle says none: then the profile's.
    """
    said = {"clock": f"{clock:g}" if clock else "", "profile": profile}
    options = {"head": head, **{key: text for key, text in said.items() if text}}
    return modelled(config_of(shape), at, options)


def config_of(shape: PackedShape) -> DecoderConfig:
    """The sizes of a packed model."""
    return DecoderConfig(
        vocabulary=shape.vocabulary,
        hidden=shape.real_hidden,
        intermediate=shape.real_intermediate,
        layers=shape.layers,
        heads=shape.heads,
        kv_heads=shape.kv_heads,
        head_size=shape.real_head_size,
        context=shape.context,
        frequencies=(),
        norm_epsilon=shape.epsilon,
        activation=RELU2 if shape.relu_squared else SILU,
        sub_norms=shape.sub_norms,
        tied=shape.tied,
    )
