"""A conversation as one text, by the model's chat template (Jinja, in a sandbox)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...errors import MissingExtra, ModelRefused, UsageError
from ..vocabulary import LARGEST_TEMPLATE

Messages = Sequence[Mapping[str, str]]  # each with "role" and "content"
LARGEST_OUTPUT = 4 << 20  # characters
LARGEST_MESSAGES = 2 << 20  # characters of all of them
# A template may write <|ROLE|>: with any word for a role, that could be a control token.
ROLES = ("system", "developer", "user", "assistant", "tool", "function", "model")


def render(
    template: str,
    messages: Messages,
    add_generation_prompt: bool = True,
    *,
    beginning: str = "",
    end: str = "",
) -> str:
    """The text that the model was trained to see for these messages.

    ``add_generation_prompt``: with the words that an answer follows. ``beginning`` and ``end`` are
    the template's ``bos_token`` and ``eos_token``. Raises ``UsageError`` for no template
    (EDGE-02126) and for messages that are none or that the template refuses (EDGE-02128) or that
    are too long (EDGE-02122); ``ModelRefused`` (EDGE-02127) for a template that cannot be
    followed; ``MissingExtra``.
    """
    check_messages(messages)
    _check_template(template)
    try:
        from . import sandbox
    except ImportError:
        raise MissingExtra("jinja2", "decoder") from None
    values = {
        "messages": [dict(message) for message in messages],
        "add_generation_prompt": add_generation_prompt,
        "bos_token": beginning,
        "eos_token": end,
    }
    try:
        return sandbox.run(template, values, LARGEST_OUTPUT)
    except sandbox.Refusal as refusal:
        raise refused("The model's chat template refuses the messages", str(refusal)) from None
    except sandbox.TooMuch as limit:
        raise _unusable(f"{limit}; a template may not take more") from None
    except (Exception, MemoryError) as error:  # whatever its expressions may do wrong
        raise _unusable(f"{type(error).__name__}: {error}") from None


def check_messages(messages: Messages) -> None:
    """Refuse what is no conversation. Raises ``UsageError`` (EDGE-02128, EDGE-02122)."""
    if not isinstance(messages, Sequence) or isinstance(messages, str) or not messages:
        raise refused("A conversation needs at least one message", "")
    for index, message in enumerate(messages):
        if not isinstance(message, Mapping) or not {"role", "content"} <= set(message):
            raise refused(f"Message {index} has no role and content", "")
        if not all(isinstance(item, str) for pair in message.items() for item in pair):
            raise refused(f"Message {index} holds something other than text", "")
        if message["role"] not in ROLES:
            evidence = f"{message['role']!r}; roles are {', '.join(ROLES)}"
            raise refused(f"Message {index} has an unknown role", evidence)
    length = sum(len(value) for message in messages for value in message.values())
    if length > LARGEST_MESSAGES:
        raise UsageError(
            "The messages are too long",
            evidence=f"{length} characters; at most {LARGEST_MESSAGES} are taken",
            next_step="Leave out older messages",
            code=122,
        )


def refused(what: str, evidence: str) -> UsageError:
    """The refusal of a conversation (EDGE-02128)."""
    return UsageError(
        what,
        evidence=_one_line(evidence),
        next_step="Give messages with a role (user, assistant, system) and content",
        code=128,
    )


def _check_template(template: str) -> None:
    if not template:
        raise UsageError(
            "The model has no chat template",
            evidence="it was published as a model that continues a text",
            next_step="Use: edgesdk generate",
            code=126,
        )
    if len(template) > LARGEST_TEMPLATE:
        raise _unusable(f"{len(template)} characters; at most {LARGEST_TEMPLATE} are read")


def _unusable(evidence: str) -> ModelRefused:
    return ModelRefused(
        "The model's chat template cannot be followed",
        evidence=_one_line(evidence),
        next_step="Use: edgesdk generate, with the prompt written out",
        code=127,
    )


def _one_line(text: str) -> str:
    """At most 200 visible characters: the text may be the template's or a user's."""
    return "".join(c if c.isprintable() else " " for c in text[:200])
