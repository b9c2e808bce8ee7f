"""What ``/v1/completions`` and ``/v1/chat/completions`` are asked, read strictly.

The fields are OpenAI's, and three of our own: ``top_k``, ``min_p`` and ``repetition_penalty``.
Whatever is not served here is refused, never ignored.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ..decoder.sampling import LEAST_PENALTY, Sampling
from .fields import Fields, number, out_of_range, text, texts, truth, whole, wrong_type
from .problems import ApiError, refused

MOST_CHOICES = 8  # texts that one request may ask for, its prompts times its n
MOST_STOPS = 16
MOST_MESSAGES = 4096
DEFAULT_TOKENS = 16  # OpenAI's default for completions; a chat's is what the context holds
HUGE = 2**31 - 1
ROLES = ("system", "user", "assistant")

# Taken with a value that asks for nothing, since clients send them unasked.
_NEUTRAL: Mapping[str, Collection[Any]] = {
    "frequency_penalty": (0,),
    "presence_penalty": (0,),
    "logit_bias": ({},),
    "metadata": ({},),
    "store": (False,),
    "service_tier": ("auto", "default"),
}
_NEUTRAL_COMPLETION = {"echo": (False,), "best_of": (1,), "suffix": ("",)}
_NEUTRAL_CHAT: Mapping[str, Collection[Any]] = {
    "tools": ([],),
    "functions": ([],),
    "tool_choice": ("none", "auto"),
    "function_call": ("none", "auto"),
    "response_format": ({"type": "text"},),
    "modalities": (["text"],),
}


@dataclass(frozen=True)
class Wanted:
    """What both kinds of request have in common.

    ``maximum``: tokens of each text; None for as many as there is room for. ``top``: likeliest
    tokens to tell of at each place, beside the chosen one; None for no probabilities at all.
    ``usage``: whether a stream ends with the count of tokens. ``user``: for the queue's fairness.
    """

    model: str
    sampling: Sampling
    stops: tuple[str, ...]
    maximum: int | None
    choices: int
    stream: bool
    usage: bool
    top: int | None
    user: str


@dataclass(frozen=True)
class Message:
    """One message of a conversation."""

    role: str
    content: str


@dataclass(frozen=True)
class CompletionRequest:
    """Texts, or tokens, to be continued."""

    prompts: tuple[str | tuple[int, ...], ...]
    wanted: Wanted


@dataclass(frozen=True)
class ChatRequest:
    """A conversation to be answered."""

    messages: tuple[Message, ...]
    wanted: Wanted


def read_completion(body: Any) -> CompletionRequest:
    """Read the body of ``/v1/completions``. Raises ``ApiError``."""
    fields = Fields(body)
    prompts = fields.need("prompt", _prompts)
    top = fields.take("logprobs", whole(0, 5))
    fields.neutral(_NEUTRAL_COMPLETION)
    maximum = fields.take("max_tokens", whole(1, HUGE))
    wanted = _wanted(fields, maximum or DEFAULT_TOKENS, top)
    if len(prompts) * wanted.choices > MOST_CHOICES:
        raise out_of_range("n", f"at most {MOST_CHOICES} texts in one request")
    return CompletionRequest(prompts, wanted)


def read_chat(body: Any) -> ChatRequest:
    """Read the body of ``/v1/chat/completions``. Raises ``ApiError``."""
    fields = Fields(body)
    messages = fields.need("messages", _messages)
    told = fields.take("logprobs", truth) or False
    top = fields.take("top_logprobs", whole(0, 20))
    if top is not None and not told:
        raise refused("top_logprobs needs logprobs to be true", "top_logprobs", "invalid_value")
    fields.neutral(_NEUTRAL_CHAT)
    return ChatRequest(
        messages, _wanted(fields, _chat_maximum(fields), (top or 0) if told else None)
    )


def _chat_maximum(fields: Fields) -> int | None:
    older = fields.take("max_tokens", whole(1, HUGE))
    newer = fields.take("max_completion_tokens", whole(1, HUGE))
    if older is not None and newer is not None and older != newer:
        name = "max_completion_tokens"
        raise refused("max_tokens and max_completion_tokens differ", name, "invalid_value")
    return older if newer is None else newer


def _wanted(fields: Fields, maximum: int | None, top: int | None) -> Wanted:
    """The rest of the fields; refuses those that nobody knows."""
    stream = fields.take("stream", truth) or False
    options = fields.take("stream_options", Fields)
    if options is not None and not stream:
        raise refused("stream_options needs stream to be true", "stream_options", "invalid_value")
    usage = bool(options and options.take("include_usage", truth))
    if options is not None:
        options.neutral({"include_obfuscation": (False,)})
        options.end()
    found = Wanted(
        model=fields.need("model", text),
        sampling=_sampling(fields),
        stops=fields.take("stop", _stops) or (),
        maximum=maximum,
        choices=fields.take("n", whole(1, MOST_CHOICES)) or 1,
        stream=stream,
        usage=usage,
        top=top,
        user=fields.take("user", text) or "",
    )
    fields.neutral(_NEUTRAL)
    fields.end()
    return found


def _sampling(fields: Fields) -> Sampling:
    """OpenAI's defaults: temperature 1 over the whole vocabulary."""
    temperature = fields.take("temperature", number(0, 2))
    top_p = fields.take("top_p", number(0, 1, above=True))
    penalty = fields.take("repetition_penalty", number(LEAST_PENALTY, 10))
    return Sampling(
        temperature=1.0 if temperature is None else temperature,
        top_p=1.0 if top_p is None else top_p,
        top_k=fields.take("top_k", whole(0, HUGE)) or 0,
        min_p=fields.take("min_p", number(0, 1)) or 0.0,
        repetition_penalty=1.0 if penalty is None else penalty,
        seed=fields.take("seed", whole(-(2**63), 2**63 - 1)),
    )


def _stops(value: Any, name: str) -> tuple[str, ...]:
    found = texts(MOST_STOPS)(value, name)
    if "" in found:
        raise out_of_range(name, "texts that are not empty")
    if any(len(stop) > 256 for stop in found):
        raise out_of_range(name, "texts of at most 256 characters")
    return found


def _prompts(value: Any, name: str) -> tuple[str | tuple[int, ...], ...]:
    """A text, texts, tokens, or arrays of tokens."""
    if isinstance(value, str):
        return (text(value, name),)
    if not isinstance(value, list):
        raise wrong_type(name, "a text, an array of texts, or tokens", value)
    if not value:
        raise out_of_range(name, "at least one text or token")
    if isinstance(value[0], int):
        return (_tokens(value, name),)
    if len(value) > MOST_CHOICES:
        raise out_of_range(name, f"at most {MOST_CHOICES} texts")
    return tuple(_tokens(v, name) if isinstance(v, list) else text(v, name) for v in value)


def _tokens(value: list[Any], name: str) -> tuple[int, ...]:
    if not all(type(token) is int and 0 <= token <= HUGE for token in value):
        raise out_of_range(name, "texts, or tokens, which are whole numbers from 0")
    return tuple(value)


def _messages(value: Any, name: str) -> tuple[Message, ...]:
    if not isinstance(value, list):
        raise wrong_type(name, "an array of messages", value)
    if not 1 <= len(value) <= MOST_MESSAGES:
        raise out_of_range(name, f"from 1 to {MOST_MESSAGES} messages")
    return tuple(_message(item, f"{name}[{at}]") for at, item in enumerate(value))


def _message(value: Any, name: str) -> Message:
    fields = Fields(value, name)
    role = fields.need("role", text)
    role = "system" if role == "developer" else role  # OpenAI's newer word
    if role not in ROLES:
        raise out_of_range(f"{name}.role", f"one of {', '.join(ROLES)}, developer")
    content = fields.need("content", _content)
    fields.neutral({"refusal": ("",), "tool_calls": ([],), "annotations": ([],)})
    fields.end()
    return Message(role, content)


def _content(value: Any, name: str) -> str:
    """A text, or an array of parts that are texts."""
    if not isinstance(value, list):
        return text(value, name)
    return "".join(_part(item, f"{name}[{at}]") for at, item in enumerate(value))


def _part(value: Any, name: str) -> str:
    fields = Fields(value, name)
    kind = fields.need("type", text)
    if kind != "text":
        raise _text_only(name)
    found = fields.need("text", text)
    fields.end()
    return found


def _text_only(name: str) -> ApiError:
    return refused(
        "This model reads text only: content parts must be of type 'text'",
        f"{name}.type",
        "unsupported_content",
    )
