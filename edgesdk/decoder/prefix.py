"""A session that knows which tokens its cache holds, and computes only those that are new."""

from __future__ import annotations

from collections.abc import Sequence

from .session import DecoderSession, Logits


class PrefixCache:
    """Gives a session whole sequences; what one shares with the last is not computed again.

    While it is in use nobody else may use the session, or ``lost`` is called after that.
    """

    def __init__(self, session: DecoderSession) -> None:
        self.session = session
        # What the cache holds, or what it was to hold: an interrupted call leaves it with fewer,
        # and the session's position tells how many.
        self._tokens: list[int] = []
        self._further = False  # whether the session may rightly hold more than these

    @property
    def tokens(self) -> list[int]:
        """The tokens in the cache, as far as they are known."""
        position = self.session.position
        known = position <= len(self._tokens) or self._further
        return self._tokens[:position] if known else []

    def shared(self, tokens: Sequence[int]) -> int:
        """How many of the first tokens need not be computed; never all of them."""
        known = self.tokens
        most = min(len(known), len(tokens) - 1)
        return next((i for i in range(most) if known[i] != tokens[i]), max(most, 0))

    def prefill(self, tokens: Sequence[int]) -> tuple[Logits, int]:
        """Make the cache hold these tokens, and no others.

        Returns the last one's logits, and how many tokens were there already. Raises as the
        session's ``prefill``.
        """
        kept = self.shared(tokens)
        self._know(tokens[:kept], False)
        self.session.rewind(kept)
        self._tokens = list(tokens)
        return self.session.prefill(tokens[kept:]), kept

    def decode(self, token: int) -> Logits:
        """Append one token. Returns its logits; raises as the session's ``decode``."""
        self.adds(token)
        return self.session.decode(token)

    def begins(self, tokens: Sequence[int]) -> None:
        """Where the session is, somebody is about to make it hold these tokens.

        Until ``has`` says that it does, what they share with those that are there is known.
        """
        self._know(tokens[: self.shared(tokens)], True)

    def has(self, tokens: Sequence[int]) -> None:
        """It holds these tokens now, and may hold more."""
        self._know(tokens, True)

    def adds(self, token: int) -> None:
        """One more is to follow those that are known."""
        self._tokens.append(token)

    def lost(self) -> None:
        """Others have used the session: what it holds is not known any more."""
        self._know((), False)

    def forget(self) -> None:
        """Empty the cache."""
        self.lost()
        self.session.rewind(0)

    def _know(self, tokens: Sequence[int], further: bool) -> None:
        self._tokens, self._further = list(tokens), further
