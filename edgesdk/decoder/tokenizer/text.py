"""Text on its way in and out: what may be encoded, and whole characters out of bytes."""

from __future__ import annotations

import codecs
from collections.abc import Callable

from ...errors import UsageError

LONGEST_TEXT = 1 << 24  # characters; tokens of it take a hundred times as much memory


def text_from_bytes(data: bytes) -> str:
    """The text of UTF-8 bytes, as a file or a pipe gives them; a byte order mark is dropped.

    Raises ``UsageError`` (EDGE-02120).
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte = data[error.start]
        raise UsageError(
            "The text is not UTF-8",
            evidence=f"the byte 0x{byte:02x} at {error.start} of {len(data)} cannot stand there",
            next_step="Convert it, for example with: iconv -f LATIN1 -t UTF-8",
            code=120,
        ) from None


def check_text(text: str) -> None:
    """Refuse what has no UTF-8 (EDGE-02120) and what is too long (EDGE-02122)."""
    if len(text) > LONGEST_TEXT:
        raise UsageError(
            "The text is too long",
            evidence=f"{len(text)} characters; at most {LONGEST_TEXT} are encoded at once",
            next_step="Encode it in parts",
            code=122,
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            "The text holds half a character",
            evidence=f"U+{ord(text[error.start]):04X} at {error.start} is one of two surrogates",
            next_step="Give the character itself, or leave it out",
            code=120,
        ) from None


class StreamDecoder:
    """Text out of tokens that come one at a time, in whole characters.

    The bytes of a character that is still under way are held back; bytes that can be no part of a
    character become U+FFFD. With ``strip``, the text begins here, and the one space that encoding
    put before it is dropped again.
    """

    def __init__(self, piece: Callable[[int], bytes], *, strip: bool = False) -> None:
        self._piece = piece
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._strip = strip

    def push(self, token: int) -> str:
        """The characters that this token completes, often none. Raises ``UsageError``."""
        piece = self._piece(token)
        if self._strip and piece:
            self._strip = False
            piece = piece.removeprefix(b" ")
        return self._decoder.decode(piece)

    def finish(self) -> str:
        """What is left at the end: U+FFFD for a character that was never completed, or nothing."""
        rest = self._decoder.decode(b"", final=True)
        self._decoder.reset()
        return rest
