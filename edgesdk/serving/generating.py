"""The model of a server: a watched session, its tokenizer, and texts that continue a prompt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

from ..decoder.generation import Generation
from ..decoder.generation_pieces import Piece, Settings
from ..decoder.prefix import PrefixCache
from ..decoder.sampling import Sampling
from ..decoder.session import DecoderSession
from ..decoder.tokenizer import Tokenizer
from .job import Finished, Job, Text, Told
from .watched import WatchedSession


class Model:
    """An opened decoder with its tokenizer. One thread generates; any may encode."""

    def __init__(self, session: DecoderSession, tokenizer: Tokenizer) -> None:
        self.session = WatchedSession(session)
        self.tokenizer = tokenizer
        self.context = session.context
        self.vocabulary = session.vocabulary
        self._cache = PrefixCache(self.session)

    def forget(self) -> None:
        """Empty the cache, whatever state the last generation left it in."""
        self._cache.forget()

    def continued(
        self, prompt: tuple[int, ...], job: Job, choice: int
    ) -> Iterator[Text | Finished]:
        """One text. A prompt is counted in ``job.usage`` when it is first read."""
        generation = Generation(self._cache, self.tokenizer, prompt, _settings(job, choice))
        counted = choice % job.wanted.choices > 0
        with closing(generation):
            for piece in generation:
                if not counted:
                    job.usage.prompt += generation.usage.prompt
                    job.usage.cached += generation.usage.cached
                    counted = True
                if piece.token is not None or piece.text:
                    yield self._text(piece, choice)
                if piece.finish is not None:
                    yield Finished(choice, "stop" if piece.finish == "stop" else "length")

    def _text(self, piece: Piece, choice: int) -> Text:
        if piece.token is None or piece.logprob is None:
            return Text(choice, piece.text, int(piece.token is not None))
        others = tuple((self.tokenizer.piece(token), _finite(p)) for token, p in piece.top)
        told = Told(self.tokenizer.piece(piece.token), _finite(piece.logprob), others)
        return Text(choice, piece.text, 1, (told,))


def _finite(logprob: float) -> float:
    """JSON has no infinity: OpenAI writes -9999 for what cannot be."""
    return max(logprob, -9999.0)


def _settings(job: Job, choice: int) -> Settings:
    """A request's settings; with a seed, each of its texts draws with one of its own."""
    wanted = job.wanted
    how = wanted.sampling
    sampling = Sampling(
        temperature=how.temperature,
        top_k=how.top_k,
        top_p=how.top_p,
        min_p=how.min_p,
        repetition_penalty=how.repetition_penalty,
        seed=how.seed,
    )
    if how.seed is not None:
        sampling = replace(sampling, seed=how.seed + choice)
    return Settings(wanted.maximum, sampling, wanted.stops, top=wanted.top)
