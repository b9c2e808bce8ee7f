"""The server's paths."""

from __future__ import annotations

import time
from typing import Any

from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from .endpoints import Chat, Completions
from .gate import Gate
from .metrics import CONTENT_TYPE
from .problems import ApiError
from .service import Service

PATHS = ("/v1/models", "/v1/completions", "/v1/chat/completions", "/health", "/metrics")


def application(service: Service) -> ASGIApp:
    """The ASGI application of a service."""
    pages = _Pages(service)
    router = Router(
        [
            Route("/v1/completions", Completions(service), methods=["POST"]),
            Route("/v1/chat/completions", Chat(service), methods=["POST"]),
            Route("/v1/models", pages.models),
            Route("/v1/models/{name:path}", pages.model),
            Route("/health", pages.health),
            Route("/metrics", pages.metrics),
        ],
        redirect_slashes=False,
    )
    gate = Gate(router, service, PATHS)
    if not service.settings.origins:
        return gate
    return CORSMiddleware(
        gate,
        allow_origins=service.settings.origins,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type"],
    )


class _Pages:
    """The paths that only tell something."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._model = {
            "id": service.settings.name,
            "object": "model",
            "created": int(time.time()),
            "owned_by": "edgesdk",
        }

    async def models(self, request: Request) -> Response:
        """``/v1/models``."""
        return JSONResponse({"object": "list", "data": [self._model]})

    async def model(self, request: Request) -> Response:
        """``/v1/models/NAME``."""
        name: Any = request.path_params["name"]
        if name != self._service.settings.name:
            raise ApiError(404, "No model of that name", param="model", reason="model_not_found")
        return JSONResponse(self._model)

    async def health(self, request: Request) -> Response:
        """``/health``: 200 when a request would be served, otherwise 503."""
        status, document = self._service.health()
        return JSONResponse(document, status)

    async def metrics(self, request: Request) -> Response:
        """``/metrics``, for Prometheus."""
        return PlainTextResponse(self._service.page(), headers={"Content-Type": CONTENT_TYPE})
