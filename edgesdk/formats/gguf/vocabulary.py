"""The tokenizer of a GGUF file: SentencePiece pieces, or byte-level BPE as a ``tokenizer.json``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...decoder.tokenizer.sentencepiece import from_pieces
from ...decoder.vocabulary import LARGEST_TEMPLATE, MOST_STOPS
from ...decoder.weights import Vocabulary
from ..bitnet.vocabulary import with_beginning
from .bpe import tokenizer_json, unusable

_NORMAL, _UNKNOWN, _CONTROL, _USER, _BYTE = 1, 2, 3, 4, 6  # types of tokens
_DEFAULTS = {"bos": 1, "eos": 2, "unknown": 0}  # SentencePiece's numbers, of files without
_MARK = re.compile(r"<[^<>]+>|\[[^\[\]]+\]")
# Models name the tokens that end a message so; their files need not list all of them.
_ENDS = frozenset(
    "<|eot_id|> <|eom_id|> <|end_of_text|> <|endoftext|> <|im_end|> <|end|> </s> "
    "<end_of_turn>".split()
)


def gguf_vocabulary(metadata: Mapping[str, Any], size: int) -> Vocabulary | None:
    """The vocabulary; None where the file has none.

    ``size``: tokens of the model. Raises ``ModelRefused`` (EDGE-02109, 02124).
    """
    kind = str(metadata.get("tokenizer.ggml.model", "none"))[:40]
    if kind in ("none", "no_vocab"):
        return None
    tokens = _texts(metadata, "tokens")
    if not 0 < len(tokens) <= size:
        raise unusable(f"it has {len(tokens)} tokens; the model has {size}")
    duties = _duties(metadata, kind == "llama", len(tokens))
    types = _types(metadata, tokens, duties)
    beginning, end = duties.get("bos"), duties.get("eos")
    named = [duties[name] for name in ("eot", "eom") if name in duties]
    stops = [*named, *(i for i, t in enumerate(tokens) if t in _ENDS and types[i] == _CONTROL)]
    adds = metadata.get("tokenizer.ggml.add_bos_token")
    if kind == "llama":
        return from_pieces(
            tokens,
            _scores(metadata, len(tokens)),
            types,
            beginning=beginning,
            end=end,
            stops=stops[: MOST_STOPS - 1],
            add_beginning=adds is not False,
            add_space_prefix=metadata.get("tokenizer.ggml.add_space_prefix") is not False,
            template=_template(metadata),
        )
    if kind != "gpt2":
        raise unusable(f"its kind is {kind!r}; llama (SentencePiece) and gpt2 are read")
    content, always = tokenizer_json(metadata, tokens, types, _texts(metadata, "merges"))
    first = beginning if (always if adds is None else adds is True) else None
    template = _template(metadata)
    if first is None and beginning is not None:
        template = with_beginning(template, tokens[beginning])
    ends = tuple(dict.fromkeys([*([] if end is None else [end]), *stops]))[:MOST_STOPS]
    return Vocabulary("tokenizer.json", content, first, ends, template)


def _texts(metadata: Mapping[str, Any], key: str) -> list[str]:
    found = metadata.get(f"tokenizer.ggml.{key}")
    if not isinstance(found, list):
        raise unusable(f"it has no list tokenizer.ggml.{key}")
    return found


def _numbers(metadata: Mapping[str, Any], key: str, count: int) -> list[int]:
    found = metadata.get(f"tokenizer.ggml.{key}")
    if not isinstance(found, np.ndarray) or found.shape != (count,) or found.dtype.kind not in "iu":
        raise unusable(f"tokenizer.ggml.{key} does not have one number for each token")
    return [int(number) for number in found]


def _scores(metadata: Mapping[str, Any], count: int) -> list[float]:
    found = metadata.get("tokenizer.ggml.scores")
    if not isinstance(found, np.ndarray) or found.shape != (count,) or found.dtype.kind != "f":
        raise unusable("tokenizer.ggml.scores does not have one score for each token")
    return [float(score) for score in found]


def _duties(metadata: Mapping[str, Any], sentencepiece: bool, count: int) -> dict[str, int]:
    """The tokens that begin, end or stand for what is unknown."""
    defaults = _DEFAULTS if sentencepiece else {}
    found = {
        name: metadata.get(f"tokenizer.ggml.{name}_token_id", defaults.get(name))
        for name in ("bos", "eos", "eot", "eom", "unknown")
    }
    return {name: n for name, n in found.items() if type(n) is int and 0 <= n < count}


def _types(
    metadata: Mapping[str, Any], tokens: Sequence[str], duties: Mapping[str, int]
) -> list[int]:
    """The type of each token; one that is named like a control token is one, whatever its type.

    Converters gave the tokens that a chat model adds the type of a user's, which text becomes.
    """
    if "tokenizer.ggml.token_type" in metadata:
        types = [number or _NORMAL for number in _numbers(metadata, "token_type", len(tokens))]
    else:
        types = [_BYTE if re.fullmatch("<0x[0-9A-F]{2}>", text) else _NORMAL for text in tokens]
        if "unknown" in duties:
            types[duties["unknown"]] = _UNKNOWN
    ends = {number for name, number in duties.items() if name != "unknown"}
    for number, text in enumerate(tokens):
        marks = types[number] in (_NORMAL, _USER) and _MARK.fullmatch(text)
        added = types[number] == _USER and text.startswith("<|")
        if marks and (number in ends or text in _ENDS or added):
            types[number] = _CONTROL
    return types


def _template(metadata: Mapping[str, Any]) -> str:
    found = metadata.get("tokenizer.chat_template", "")
    if not isinstance(found, str) or len(found) > LARGEST_TEMPLATE:
        raise unusable(f"its chat template is no text of at most {LARGEST_TEMPLATE} characters")
    return found
