"""Prompts as tokens, checked against what the model can take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..decoder.tokenizer.chat import encode_chat
from .generating import Model
from .problems import refused
from .requests import Message, Wanted


def of_text(model: Model, prompt: str | tuple[int, ...]) -> tuple[int, ...]:
    """A text's tokens, or tokens as they are. Raises ``UsageError`` from the tokenizer."""
    if isinstance(prompt, tuple):
        return prompt
    return tuple(model.tokenizer.encode(prompt))


def of_messages(model: Model, messages: Sequence[Message]) -> tuple[int, ...]:
    """A conversation's tokens, by the model's chat template.

    Raises ``ApiError`` where there is none, and what ``encode_chat`` raises.
    """
    if not model.tokenizer.template:
        raise refused(
            "This model has no chat template: it continues texts, at /v1/completions",
            "messages",
            "no_chat_template",
        )
    conversation = [{"role": one.role, "content": one.content} for one in messages]
    return tuple(encode_chat(model.tokenizer, conversation))


def check(prompt: tuple[int, ...], model: Model, param: str) -> None:
    """Refuse a prompt of nothing, of unknown tokens, or without room for an answer."""
    if not prompt:
        raise refused("The prompt is empty", param, "invalid_value")
    if max(prompt) >= model.vocabulary:
        message = f"There are {model.vocabulary} tokens, numbered from 0"
        raise refused(message, param, "invalid_value")
    if len(prompt) > model.context:
        raise refused(
            f"The prompt has {len(prompt)} tokens, and the context holds {model.context}",
            param,
            "context_length_exceeded",
        )


def limited(wanted: Wanted, most: int | None) -> Wanted:
    """At most as many tokens as the server's own limit."""
    if most is None:
        return wanted
    return replace(wanted, maximum=min(wanted.maximum or most, most))
