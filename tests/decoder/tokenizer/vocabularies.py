"""Small tokenizers of every kind, made in the tests by the libraries that others use."""

from __future__ import annotations

import io
from typing import Any

import sentencepiece
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from edgesdk.decoder.tokenizer.sentencepiece import from_pieces
from edgesdk.decoder.weights import Vocabulary

# Text that trips tokenizers: composed and decomposed letters, joined emoji, scripts that run to the
# left, no spaces, many spaces, line ends, control characters, NUL, noncharacters, private use.
ODD_TEXTS = (
    "",
    " ",
    "  two  spaces  ",
    "é e\u0301 ﬁ Å A\u030a ½ ①",
    "👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 👍🏽",
    "line\r\nline\n\n\ttab\rend",
    "\x00\x01\x1f\x7f\x85",
    "שלום עולם مرحبا بالعالم नमस्ते 你好,世界 こんにちは ไทย",
    "\ufffd \ufeff \uffff \ue000 \u200b\u200d \U0010ffff",
    "</s><s><unk><0x41><|eot|> [INST]",
    "ΑΒΓ абв αβγ \u0130 ß ẞ",
    "1234567890" * 3 + "aaaaaaaaaaaaaaaaaaaa",
)


def trained(text: str, **options: Any) -> sentencepiece.SentencePieceProcessor:
    """A BPE model as Llama's is: text as it is, a space before it, bytes for what is unknown."""
    model = io.BytesIO()
    settings: dict[str, Any] = {
        "model_type": "bpe",
        "vocab_size": 900,
        "byte_fallback": True,
        "normalization_rule_name": "identity",
        "remove_extra_whitespaces": False,
        "character_coverage": 0.999,
        "minloglevel": 2,
        "num_threads": 1,
        **options,
    }
    lines = iter(text.splitlines())
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=lines, model_writer=model, **settings
    )
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def kinds_of(model: sentencepiece.SentencePieceProcessor) -> list[int]:
    """SentencePiece's type of each piece, as GGUF files have them."""

    def kind(token: int) -> int:
        tests = (model.is_unknown, model.is_control, None, model.is_unused, model.is_byte)
        return next((i for i, test in enumerate(tests, 2) if test and test(token)), 1)

    return [kind(token) for token in range(model.vocab_size())]


def vocabulary_of(
    model: sentencepiece.SentencePieceProcessor, user: tuple[str, ...] = (), **options: Any
) -> Vocabulary:
    """The model as a converter to GGUF writes it; ``user``: the pieces that the user defined."""
    tokens = range(model.vocab_size())
    pieces = [model.id_to_piece(token) for token in tokens]
    kinds = [4 if p in user else kind for p, kind in zip(pieces, kinds_of(model), strict=True)]
    scores = [model.get_score(token) for token in tokens]
    ends = {"beginning": model.bos_id(), "end": model.eos_id()}
    return from_pieces(pieces, scores, kinds, **{**ends, **options})


SPECIAL = ("<unk>", "<s>", "</s>", "<|eot|>")


def byte_level(text: str) -> Tokenizer:
    """Byte-level BPE, as GPT-2, Llama 3 and BitNet 2B4T have it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    letters = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        [text],
        trainers.BpeTrainer(
            vocab_size=600,
            special_tokens=list(SPECIAL),
            initial_alphabet=letters,
            show_progress=False,
        ),
    )
    tokenizer.add_tokens(["<think>"])
    return tokenizer


def llama_like(scheme: str) -> Tokenizer:
    """SentencePiece BPE as ``tokenizer.json`` has it. ``scheme``: where a space goes in front."""
    names = [*SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256))]
    merges = [("▁", "t"), ("h", "e"), ("▁t", "he"), ("▁", "H"), ("▁H", "i"), ("▁", "▁")]
    names += ["▁", "H", "i", "t", "h", "e", "s", "/", "<", ">", *(a + b for a, b in merges)]
    vocabulary = {name: token for token, name in enumerate(names)}
    bpe = models.BPE(vocabulary, merges, byte_fallback=True, fuse_unk=True, unk_token="<unk>")
    tokenizer = Tokenizer(bpe)
    tokenizer.add_special_tokens(list(SPECIAL))
    spaces = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    if scheme == "prepend":
        tokenizer.normalizer = normalizers.Sequence(
            [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
        )
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=False)
    strips = [] if scheme == "never" else [decoders.Strip(" ", 1, 0)]
    tokenizer.decoder = decoders.Sequence([*spaces, *strips])
    return tokenizer


def json_vocabulary(tokenizer: Tokenizer, **options: Any) -> Vocabulary:
    """The vocabulary of a ``tokenizer.json``."""
    ends = {"beginning": tokenizer.token_to_id("<s>"), "stops": (tokenizer.token_to_id("</s>"),)}
    return Vocabulary("tokenizer.json", tokenizer.to_str().encode(), **{**ends, **options})
