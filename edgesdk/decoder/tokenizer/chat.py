"""A conversation as tokens, so that no message can pretend to be the template's control tokens.

The template is rendered twice: with the messages, and with a secret word in place of the middle of
each (white space around it stays, because templates trim it). Where putting the texts back for the
words gives the first rendering, it is known which characters are the template's, and only there are
the names of control tokens read as such. Where it does not, the template changes messages on the
way. Then the whole text is read, if that gives the control tokens that the secret words gave;
otherwise the conversation is refused.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping

from ...errors import UsageError
from ..chat_template import Messages, check_messages, render
from . import Part, Tokenizer


def encode_chat(
    tokenizer: Tokenizer, messages: Messages, *, add_generation_prompt: bool = True
) -> list[int]:
    """The tokens of a conversation by the model's chat template, which also writes the beginning.

    Raises what ``chat_template.render`` and ``Tokenizer.encode`` raise, and ``UsageError``
    (EDGE-02129) for a message that the template turns into control tokens.
    """

    def text(these: Messages) -> str:
        names = {"beginning": tokenizer.beginning_text, "end": tokenizer.end_text}
        return render(tokenizer.template, these, add_generation_prompt, **names)

    check_messages(messages)
    whole = text(messages)
    secret = secrets.token_hex(16)
    hidden: list[str] = []
    outline = text([_hidden(message, secret, hidden) for message in messages])
    parts = list(_parts(outline, secret, hidden))
    if "".join(part.text for part in parts) == whole:
        return tokenizer.encode_parts(parts, beginning=False)
    return _checked(tokenizer, whole, outline)


def _hidden(message: Mapping[str, str], secret: str, hidden: list[str]) -> dict[str, str]:
    """The message with words in place of its texts, which are appended to ``hidden``."""
    found = dict(message)
    for key, text in message.items():
        middle = text.strip()
        if key != "role" and middle:
            before, after = text.split(middle, 1)
            found[key] = f"{before}{secret}x{len(hidden)}x{after}"
            hidden.append(middle)
    return found


def _parts(outline: str, secret: str, hidden: list[str]) -> Iterator[Part]:
    """The outline with the texts back in their places; trusted is what the template wrote."""
    for index, text in enumerate(re.split(f"{secret}x([0-9]{{1,9}})x", outline)):
        if index % 2 == 0:
            yield Part(text, True)
        elif int(text) < len(hidden):
            yield Part(hidden[int(text)], False)
        else:  # a template took a word apart and wrote another number
            yield Part(f"{secret}x{text}x", False)


def _checked(tokenizer: Tokenizer, whole: str, outline: str) -> list[int]:
    """The tokens of the whole text, if its control tokens are those of the outline."""
    tokens = tokenizer.encode(whole, beginning=False, special=True)
    expected = tokenizer.encode(outline, beginning=False, special=True)
    if [*filter(tokenizer.is_control, tokens)] != [*filter(tokenizer.is_control, expected)]:
        raise UsageError(
            "A message would become control tokens",
            evidence="the chat template changes messages, so that they cannot be kept apart from "
            "its own words, and one holds the name of a control token",
            next_step="Leave names such as </s> or <|eot_id|> out of the messages",
            code=129,
        )
    return tokens
