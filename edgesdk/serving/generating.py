"""The model of a server: a watched session, its tokenizer, and texts that continue a prompt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

from ..decoder.generation import Generation
from ..decoder.generation_pieces import Piece, Settings, Usage
from ..decoder.prefix import PrefixCache
from ..decoder.sampling import GREEDY
from ..decoder.session import DecoderSession
from ..decoder.tokenizer import Tokenizer
from ..decoder.writing import Wanted, WritingSession, written
from .job import Finished, Job, Text, Told
from .watched import BLOCK, watched

_READ = Wanted(GREEDY, 1, frozenset())  # one token, which nobody looks at


class Model:
    """An opened decoder with its tokenizer. One thread generates; any may encode."""

    def __init__(self, session: DecoderSession, tokenizer: Tokenizer) -> None:
        self.session = watched(session)
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
        """One text; when the job's time is over it ends where it is, with ``length``.

        A prompt is counted in ``job.usage`` when it is first read.
        """
        generation = Generation(self._cache, self.tokenizer, prompt, _settings(job, choice))
        counted = choice % job.wanted.choices > 0
        with closing(generation):
            cached = self._begun(prompt)
            for piece in _in_time(generation, job):
                if not counted:
                    job.usage.prompt += generation.usage.prompt
                    job.usage.cached += cached
                    counted = True
                if piece.token is not None or piece.text:
                    yield self._text(piece, choice)
                if piece.finish is not None:
                    yield Finished(choice, "stop" if piece.finish == "stop" else "length")

    def _begun(self, prompt: tuple[int, ...]) -> int:
        """Read all but the last block of a prompt over a link; how many tokens were there before.

        A session at a distance is asked for one token after each block: so the block lies in the
        cache there, and no logits come over the link. A near one is watched while it reads.
        """
        there = self._cache.shared(prompt)
        if isinstance(self.session, WritingSession):
            for end in range(there + BLOCK, len(prompt), BLOCK):
                for _ in written(self._cache, prompt[:end], _READ, Usage()):
                    pass
        return there

    def _text(self, piece: Piece, choice: int) -> Text:
        if piece.token is None or piece.logprob is None:
            return Text(choice, piece.text, int(piece.token is not None))
        others = tuple((self.tokenizer.piece(token), _finite(p)) for token, p in piece.top)
        content = self.tokenizer.piece(piece.token)
        told = Told(content, _finite(piece.logprob), others, piece.offset)
        return Text(choice, piece.text, 1, (told,))


def _in_time(generation: Generation, job: Job) -> Iterator[Piece]:
    """The pieces, up to the end of the job's time, and what was kept back until then."""
    for piece in generation:
        yield piece
        if job.late and generation.finish is None:
            yield generation.end()
            return


def _finite(logprob: float) -> float:
    """JSON has no infinity: OpenAI writes -9999 for what cannot be."""
    return max(logprob, -9999.0)


def _settings(job: Job, choice: int) -> Settings:
    """A request's settings; with a seed, each of its texts draws with one of its own."""
    wanted = job.wanted
    sampling = wanted.sampling
    if sampling.seed is not None:
        sampling = replace(sampling, seed=sampling.seed + choice)
    return Settings(wanted.maximum, sampling, wanted.stops, top=wanted.top)
