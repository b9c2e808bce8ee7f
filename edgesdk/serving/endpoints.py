"""``/v1/completions`` and ``/v1/chat/completions``: from a request to an answer."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import Any

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from . import answering, prompts
from .body import parse, read_body
from .generating import Model
from .job import Job
from .line import Line, Visitor
from .problems import ApiError
from .requests import ChatRequest, CompletionRequest, Wanted, read_chat, read_completion
from .service import Service
from .shapes import ChatShape, CompletionShape

JOB = "edgesdk.job"  # in the scope's extensions: for the log


class _Endpoint(ABC):
    """An ASGI application; raises ``ApiError`` as long as nothing was sent, and ``Closed``."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._line = Line()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, queue, answer."""
        settings = self._service.settings
        model = self._service.worker.check()
        request = Request(scope, receive)
        content = await read_body(request, settings.max_body, settings.body_timeout)
        visitor = Visitor()
        async with answering.watching(receive, visitor.leave):
            async with self._line.turn(visitor, settings.queue + 1, settings.timeout):
                found, wanted = await asyncio.to_thread(self._understood, model, content)
            del content
            client = _client(request, wanted)
            job = self._service.submit(found, wanted, client, visitor.begun)
            scope.setdefault("extensions", {})[JOB] = job
            visitor.follow(job)
            try:
                await self._answer(job, scope, receive, send)
            finally:
                self._service.forget(job)

    async def _answer(self, job: Job, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = job.wanted
        shape = self._shape(self._service.settings.name, wanted.top is not None, wanted.usage)
        if wanted.stream:
            await answering.stream(job, shape, send)
        else:
            await answering.whole(job, shape, scope, receive, send)
        job.answered = True

    def _understood(
        self, model: Model, content: bytes
    ) -> tuple[tuple[tuple[int, ...], ...], Wanted]:
        """The prompts as tokens, and what is wanted; checked. Raises ``ApiError``."""
        request = self._read(parse(content))
        settings = self._service.settings
        if request.wanted.model != settings.name:
            raise ApiError(
                404,
                f"The model here is {settings.name!r}",
                param="model",
                reason="model_not_found",
            )
        found = self._tokens(model, request)
        for prompt in found:
            prompts.check(prompt, model, self.field)
        return found, prompts.limited(request.wanted, settings.max_tokens)

    field: str
    _shape: type[CompletionShape] | type[ChatShape]

    @abstractmethod
    def _read(self, body: Any) -> Any:
        """The request of a body."""

    @abstractmethod
    def _tokens(self, model: Model, request: Any) -> tuple[tuple[int, ...], ...]:
        """The prompts as tokens."""


class Completions(_Endpoint):
    """``/v1/completions``."""

    field = "prompt"
    _shape = CompletionShape

    def _read(self, body: Any) -> CompletionRequest:
        return read_completion(body)

    def _tokens(self, model: Model, request: CompletionRequest) -> tuple[tuple[int, ...], ...]:
        return tuple(prompts.of_text(model, prompt) for prompt in request.prompts)


class Chat(_Endpoint):
    """``/v1/chat/completions``."""

    field = "messages"
    _shape = ChatShape

    def _read(self, body: Any) -> ChatRequest:
        return read_chat(body)

    def _tokens(self, model: Model, request: ChatRequest) -> tuple[tuple[int, ...], ...]:
        return (prompts.of_messages(model, request.messages),)


def _client(request: Request, wanted: Wanted) -> str:
    """Who takes turns with whom: addresses, and users where a request names one."""
    host = request.client.host if request.client else ""
    return f"{host}|{wanted.user}"
