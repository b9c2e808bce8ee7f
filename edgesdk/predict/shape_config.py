"""The sizes of a decoder from its Hugging Face ``config.json``, of every family that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import ModelRefused
from ..formats.decoder_checks import MOST_LAYERS, bad_config
from .shape import SHAPES, DecoderShape, Experts, check_shape, shown
from .shape_families import (
    FAMILIES,
    FROM_HIDDEN,
    SAME_AS_HEADS,
    ExpertKeys,
    Family,
)

_LARGEST = 1 << 31  # of any number; each size has a cap of its own below it


def config_shape(document: Mapping[str, Any], name: str) -> DecoderShape:
    """The shape that a ``config.json`` describes.

    Raises ``ModelRefused``: EDGE-02227 for a family that is not known, EDGE-02101 for a missing or
    impossible number.
    """
    family = _family(document, name)
    return check_shape(_Reader(document, name, family).shape())


def _family(document: Mapping[str, Any], name: str) -> Family:
    kind = document.get("model_type")
    if isinstance(kind, str) and kind in FAMILIES:
        return FAMILIES[kind]
    said = f"its model_type is {shown(kind)}" if kind is not None else "it has no model_type"
    if isinstance(document.get("text_config"), dict):
        step = "Of a model of more than text, give what its text_config has, as a file of its own"
    else:
        step = f"Write its sizes into a file, as in {SHAPES / 'llama-2-7b.toml'}"
    raise ModelRefused(
        f"The sizes of {name[:80]} cannot be read: its family is not known",
        evidence=f"{said}; known: {', '.join(FAMILIES)}",
        next_step=step,
        code=227,
    )


@dataclass(frozen=True)
class _Reader:
    """One document, read by the rules of its family."""

    document: Mapping[str, Any]
    name: str
    family: Family

    def shape(self) -> DecoderShape:
        family, layers = self.family, self.whole("num_hidden_layers")
        hidden, heads = self.whole("hidden_size"), self.whole("num_attention_heads")
        self._check_inside(hidden)
        if layers > MOST_LAYERS:
            raise self.bad(f"num_hidden_layers is {layers}, of 1 to {MOST_LAYERS}")
        experts = self._experts(family.experts, layers) if family.experts else None
        plain = experts is None or bool(experts.dense)
        context = self.whole("max_position_embeddings", family.context)
        extra = family.extra_positions
        return DecoderShape(
            name=self.name,
            layers=layers,
            hidden=hidden,
            heads=heads,
            kv_heads=self._kv_heads(heads),
            head_size=self._head_size(hidden, heads),
            vocabulary=self.whole("vocab_size"),
            context=context,
            intermediate=self._intermediate(hidden) if plain else 0,
            gated=family.gated,
            tied=self.flag("tie_word_embeddings", family.tied),
            experts=experts,
            positions=0 if extra is None else context + extra,
            parallel=self._parallel(),
            window=self._window(),
        )

    def _intermediate(self, hidden: int) -> int:
        family = self.family
        if family.widening and self.document.get(family.intermediate) is None:
            return family.widening * hidden
        return self.whole(family.intermediate)

    def _parallel(self) -> bool:
        said = self.family.parallel
        return said if isinstance(said, bool) else self.flag(*said)

    def _window(self) -> int:
        family = self.family
        if family.window_switch and not self.flag("use_sliding_window", False):
            return 0
        given = self.document.get("sliding_window", family.window)
        return self.whole("sliding_window", family.window, least=0) if given is not None else 0

    def _kv_heads(self, heads: int) -> int:
        default = self.family.kv_heads
        key = self.family.kv_key
        if self.family.multi_query and self._one_key_head():
            return 1
        if not key or (key in self.document and self.document[key] is None):
            return heads
        return self.whole(key, heads if default == SAME_AS_HEADS else int(default))

    def _one_key_head(self) -> bool:
        grouped = self.flag("new_decoder_architecture", False)
        return self.flag("multi_query", True) and not grouped

    def _head_size(self, hidden: int, heads: int) -> int:
        default = self.family.head_size
        given = self.document.get("head_dim")
        if given is not None or ("head_dim" not in self.document and default != FROM_HIDDEN):
            return self.whole("head_dim", None if given is not None else int(default))
        if hidden % heads:
            raise self.bad(f"hidden_size {hidden} does not divide into {heads} heads")
        return hidden // heads

    def _check_inside(self, hidden: int) -> None:
        key = self.family.same_inside
        if key and self.whole(key, hidden) != hidden:
            raise self.bad(f"{key} is {self.document[key]}, and only hidden_size {hidden} is known")

    def _experts(self, keys: ExpertKeys, layers: int) -> Experts | None:
        count = self._expert_count(keys)
        dense = self._dense(layers) if keys.chosen and count else ()
        if not count or len(dense) == layers:
            return None
        return Experts(
            count,
            self.whole("num_experts_per_tok", keys.defaults["num_experts_per_tok"]),
            self.whole(keys.intermediate, keys.defaults.get(keys.intermediate)),
            self.whole(keys.shared, keys.defaults[keys.shared]) if keys.shared else 0,
            dense,
        )

    def _expert_count(self, keys: ExpertKeys) -> int:
        """0 where the config says that there are none."""
        for key in keys.count:
            if key in self.document:
                return self.whole(key, least=int(not keys.chosen))
        return keys.defaults[keys.count[0]]

    def _dense(self, layers: int) -> tuple[int, ...]:
        """The layers that are named, and those that ``decoder_sparse_step`` passes over."""
        step = self.whole("decoder_sparse_step", 1)
        named = self.document.get("mlp_only_layers") or []
        if not isinstance(named, list) or any(type(at) is not int for at in named[:MOST_LAYERS]):
            raise self.bad("its mlp_only_layers are no list of layers")
        chosen = set(named[:MOST_LAYERS])
        return tuple(at for at in range(layers) if at in chosen or (at + 1) % step)

    def whole(self, key: str, default: int | None = None, least: int = 1) -> int:
        value = self.document.get(key, default)
        if type(value) is not int or not least <= value < _LARGEST:
            raise self.bad(f"its {key} is {shown(value)}")
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self.document.get(key, default)
        if not isinstance(value, bool):
            raise self.bad(f"its {key} is {shown(value)}, neither true nor false")
        return value

    def bad(self, why: str) -> ModelRefused:
        return bad_config(self.name, why)
