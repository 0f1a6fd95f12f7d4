"""Serves POST /push/NAME for every source of kind push: `python -m groundswell.push`."""

# no `from __future__ import annotations`: FastAPI reads the annotations of inner functions

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from core.settings import Settings
from core.sources import Kind
from ingest.compose import Composer
from ingest.configured import configured, environment
from ingest.entities import choose_watchlist
from ingest.kafka import KafkaPublisher
from ingest.push import MOST_BYTES, Answer, Door, receive
from ingest.sources import choose_sources, key_of
from storage.postgres import Database

Receive = Callable[[Door, Mapping[str, str], bytes], Answer]
RETRY_AFTER_S = 5


def build(doors: Mapping[str, Door], take: Receive) -> FastAPI:
    """The application.

    Args:
        doors: by the name of their source.
        take: does what a message asks for, in a thread.
    """
    app = FastAPI(title="Groundswell push", docs_url=None, redoc_url=None)

    @app.get("/health")
    def health() -> dict[str, int]:
        return {"sources": len(doors)}

    @app.post("/push/{name}", status_code=202)
    async def push(name: str, request: Request) -> JSONResponse:
        door = doors.get(name)
        if door is None:
            return JSONResponse({"error": "there is no such source, or it has no key"}, 404)
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > MOST_BYTES:
                return JSONResponse({"error": f"more than {MOST_BYTES:,} bytes"}, 413)
        answer = await run_in_threadpool(take, door, dict(request.headers), bytes(body))
        headers = {"Retry-After": str(RETRY_AFTER_S)} if answer.status == 503 else {}
        return JSONResponse(dict(answer.said), answer.status, headers)

    return app


def doors_of(settings: Settings, keys: Mapping[str, str]) -> dict[str, Door]:
    """Those of the sources that are pushed to us, and have their key. Raises SetupError."""
    listed = choose_sources(settings.sources, settings.demo_port)
    pushed = {source.name: (source, key_of(source, keys)) for source in listed if source.kind is Kind.PUSH}
    return {name: Door.of(source, key) for name, (source, key) in pushed.items() if key}


def main() -> None:
    """Serve until it is told to stop."""
    import uvicorn

    settings, found = configured(Settings())
    doors = doors_of(settings, environment())
    print(f"push: {', '.join(doors) or 'no source of this kind has its key'}", file=sys.stderr)
    database = Database(settings.dsn.get_secret_value())
    publisher = KafkaPublisher(settings.bootstrap_servers)
    watchlist = choose_watchlist(settings.watchlist, found.institutions)
    composer = Composer(watchlist, settings.author_key.get_secret_value())

    def take(door: Door, headers: Mapping[str, str], body: bytes) -> Answer:
        return receive(
            door,
            headers,
            body,
            store=database.sources,
            publisher=publisher,
            composer=composer,
            now=lambda: datetime.now(UTC),
        )

    uvicorn.run(build(doors, take), host=settings.push_host, port=settings.push_port, log_level="warning")


if __name__ == "__main__":
    main()
