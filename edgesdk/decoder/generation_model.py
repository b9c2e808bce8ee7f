"""The decoder and the tokenizer behind an opened session."""

from __future__ import annotations

from ..backend import Session
from ..errors import UsageError
from .session import DecoderSession
from .tokenizer import Tokenizer, load


def as_decoder(session: Session) -> DecoderSession:
    """The session as a decoder's. Raises ``UsageError`` (EDGE-02147)."""
    if not isinstance(session, DecoderSession):
        raise UsageError(
            "This model is no language model: it has inputs and outputs, and continues no text",
            evidence=f"inputs: {', '.join(spec.name for spec in session.inputs)}",
            next_step="Run it with: edgesdk run MODEL --input NAME=FILE",
            code=147,
        )
    return session


def tokenizer_of(session: DecoderSession) -> Tokenizer:
    """The bundle's tokenizer. Raises ``UsageError`` (EDGE-02148), and what ``load`` raises."""
    if session.text is None:
        raise UsageError(
            "The model brings no tokenizer, so that it cannot read a text",
            next_step="Give tokens to 'edgesdk generate --tokens 1,2,3', or compile the model from "
            "a source that has a tokenizer",
            code=148,
        )
    return load(session.text)
