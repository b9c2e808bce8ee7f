"""A conversation that stays within a model's context."""

from __future__ import annotations

from ...decoder.tokenizer import Tokenizer
from ...decoder.tokenizer.chat import encode_chat
from ...errors import UsageError

Message = dict[str, str]  # "role" and "content"

USER, ASSISTANT, SYSTEM = "user", "assistant", "system"
_NAMES = {USER: "User", ASSISTANT: "Assistant", SYSTEM: "System"}
TRANSCRIPT_STOPS = ("\nUser:", "\nSystem:")  # where a model without a template goes on for the user


class History:
    """Messages, and the tokens of them all.

    ``context``: the model's positions. ``room``: how many of them are kept free for an answer.
    """

    def __init__(self, tokenizer: Tokenizer, system: str | None, context: int, room: int) -> None:
        self._tokenizer = tokenizer
        self._context = context
        self._room = min(room, context // 2)
        self._system = [_message(SYSTEM, system)] if system else []
        self._turns: list[Message] = []

    @property
    def stops(self) -> tuple[str, ...]:
        """Strings that end an answer, beside the user's own."""
        return () if self._tokenizer.template else TRANSCRIPT_STOPS

    @property
    def messages(self) -> list[Message]:
        """All of them, the system's first."""
        return [*self._system, *self._turns]

    def ask(self, text: str) -> tuple[list[int], int]:
        """Append a user's message. Returns all tokens, and how many old messages were dropped.

        The oldest go first, by question and answer. Raises ``UsageError``: EDGE-02154 for a message
        that does not fit even alone, and what templates and tokenizers refuse; then nothing has
        changed.
        """
        turns = [*self._turns, _message(USER, text)]
        dropped = 0
        while len(tokens := self._encoded(turns[dropped:])) + self._room > self._context:
            if dropped + 1 >= len(turns):
                raise self._too_long(len(tokens))
            dropped += 2
        self._turns = turns[dropped:]
        return tokens, dropped

    def answer(self, text: str) -> None:
        """Append the model's answer; without one, the question is forgotten, too."""
        if text:
            self._turns.append(_message(ASSISTANT, text))
        else:
            self._turns.pop()

    def reset(self) -> None:
        """Forget all but the system's message."""
        self._turns = []

    def _encoded(self, turns: list[Message]) -> list[int]:
        messages = [*self._system, *turns]
        if self._tokenizer.template:
            return encode_chat(self._tokenizer, messages)
        return self._tokenizer.encode(transcript(messages))

    def _too_long(self, count: int) -> UsageError:
        return UsageError(
            "The message is too long for the model",
            evidence=f"with what goes around it, it has {count} tokens; the context holds "
            f"{self._context}, of which {self._room} are kept for the answer",
            next_step="Say it in fewer words, or lower --max-tokens",
            code=154,
        )


def transcript(messages: list[Message]) -> str:
    """A conversation as a text that goes on with the answer, for models without a template."""
    lines = [f"{_NAMES[message['role']]}: {message['content']}\n" for message in messages]
    return "".join([*lines, f"{_NAMES[ASSISTANT]}:"])


def _message(role: str, text: str) -> Message:
    return {"role": role, "content": text}
