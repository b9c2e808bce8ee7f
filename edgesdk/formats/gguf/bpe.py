"""A byte-level BPE vocabulary of a GGUF file as a ``tokenizer.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ...errors import ModelRefused
from ..bitnet import vocabulary as bitnet_vocabulary

_CONTROL, _USER = 3, 4  # types of tokens that stand in no merge

# How text parts into words before the merges: the expressions of the published tokenizers, of which
# each parts the pieces that the one before left. A file names its tokenizer, not its expressions.
_GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_LLAMA3, _QWEN2 = (_WORDS % "{1,3}",), (_WORDS % "",)
_CASED = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]%s[\p{Ll}\p{Lm}\p{Lo}\p{M}]%s"
_TEKKEN = (
    rf"[^\r\n\p{{L}}\p{{N}}]?{_CASED % ('*', '+')}|[^\r\n\p{{L}}\p{{N}}]?{_CASED % ('+', '*')}"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
)
_CODER = (r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", "[一-龥ࠀ-一가-\ud7ff]+", r"\p{N}")
_DIGITS = (r"\p{N}", _GPT2)
_DEFAULT = (r"[\p{P}\$\+<=>\^~\|]+", _GPT2, r"\p{N}+", r"[0-9][0-9][0-9]")
# These take a word that is a token as it is, and begin every text with the beginning token.
_WHOLE_WORDS = ("llama-bpe", "llama3", "llama-v3", "falcon3", "pixtral", "tekken")
_EXPRESSIONS = {
    **dict.fromkeys(_WHOLE_WORDS, _LLAMA3),
    "tekken": _TEKKEN,
    "smaug-bpe": _LLAMA3,
    "deepseek-coder": _CODER,
    **dict.fromkeys(("qwen2", "deepseek-r1-qwen", "stablelm2", "hunyuan"), _QWEN2),
    **dict.fromkeys(("gpt-2", "mpt", "olmo", "jais", "phi-2"), (_GPT2,)),
    **dict.fromkeys(("smollm", "starcoder", "refact", "command-r", "codeshell"), _DIGITS),
    "default": _DEFAULT,
}


def tokenizer_json(
    metadata: Mapping[str, Any], tokens: Sequence[str], types: Sequence[int], merges: Sequence[str]
) -> tuple[bytes, bool]:
    """The file, and whether texts begin with the beginning token where the file does not say.

    Raises ``ModelRefused`` (EDGE-02109) for a tokenizer whose expressions are not known.
    """
    if len(set(tokens)) != len(tokens):
        raise unusable("two of its tokens have one text")
    name = _name(metadata, tokens)
    whole = name in _WHOLE_WORDS
    document = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            _added(number, text, kind == _CONTROL)
            for number, (text, kind) in enumerate(zip(tokens, types, strict=True))
            if kind in (_CONTROL, _USER)
        ],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [*map(_split, _EXPRESSIONS[name]), _byte_level(prefix=False)],
        },
        "post_processor": None,
        "decoder": _byte_level(prefix=True),
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": whole,
            "vocab": {text: number for number, text in enumerate(tokens)},
            "merges": list(merges),
        },
    }
    return json.dumps(document, ensure_ascii=False).encode("utf-8"), whole


def unusable(why: str) -> ModelRefused:
    """The refusal of a tokenizer that a GGUF file holds (EDGE-02109)."""
    return bitnet_vocabulary.unusable(
        why, "Convert the model again with a current converter, or compile its Hugging Face folder"
    )


def _name(metadata: Mapping[str, Any], tokens: Sequence[str]) -> str:
    """Early converters of Llama 3's vocabulary named no tokenizer; its first control token does."""
    name = str(metadata.get("tokenizer.ggml.pre", "default"))[:40]
    if name == "default" and "<|begin_of_text|>" in tokens:
        return "llama-bpe"
    if name not in _EXPRESSIONS:
        raise unusable(f"its tokenizer {name!r} is none of {', '.join(_EXPRESSIONS)}")
    return name


def _added(number: int, text: str, special: bool) -> dict[str, Any]:
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": number, "content": text, **flags, "special": special}


def _split(expression: str) -> dict[str, Any]:
    pattern = {"Regex": expression}
    return {"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": False}


def _byte_level(*, prefix: bool) -> dict[str, Any]:
    """Bytes as letters. The words are parted already, so it has no expression of its own."""
    return {
        "type": "ByteLevel",
        "add_prefix_space": prefix,
        "trim_offsets": True,
        "use_regex": prefix,
    }
