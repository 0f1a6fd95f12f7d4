"""The HTTP API of replies: for programs, what the dashboard's desk does for people. `python -m dashboard.api`.

Described by /openapi.json. Every call but /health bears a token (`groundswell tokens add`); reading and deciding are
rights of their own. An error is one sentence: {"error": "…"}.
"""

# no `from __future__ import annotations`: FastAPI reads the annotations of inner functions

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from core.errors import DatabaseUnavailable
from core.reviews import Answer, Approval, Rejection, Reviewer, Ruling
from dashboard import api_models as models
from dashboard.bounds import SmallBodies
from dashboard.door import Door, Said
from storage.postgres import Database

MOST_LISTED: Final = 200
PATIENCE_S: Final = 5.0
"""Longest wait for one answer of PostgreSQL."""
AT_ONCE: Final = 100
"""Connections; more are answered 503."""

ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    401: {"model": models.Error, "description": "No token, or none that is in use"},
    403: {"model": models.Error, "description": "The token lacks the right"},
    404: {"model": models.Error, "description": "No such draft"},
    409: {"model": models.Error, "description": "Someone else has the draft, it was decided, or you did not claim it"},
    413: {"model": models.Error, "description": "The body is too large"},
    422: {"model": models.Error, "description": "The request is not as described here"},
    429: {"model": models.Error, "description": "Too many requests; see Retry-After"},
    503: {"model": models.Error, "description": "PostgreSQL does not answer; nothing was done"},
}


@dataclass(frozen=True, slots=True)
class Desk:
    """What the calls share."""

    database: Database
    now: Callable[[], datetime]

    def draft(self, post_id: str) -> models.Draft:
        rows = self.database.read("draft", post_id=post_id)
        if not rows:
            raise Said(404, Answer.MISSING.value)
        return models.draft_of(rows[0], self.now())

    def done(self, answer: Answer, post_id: str) -> models.Draft:
        """The draft as it now stands, or what kept the caller from changing it."""
        if answer is not Answer.DONE:
            raise Said(404 if answer is Answer.MISSING else 409, answer.value)
        return self.draft(post_id)

    def decide(self, post_id: str, ruling: Callable[[], Ruling], reviewer: Reviewer) -> models.Draft:
        try:
            made = ruling()
        except ValueError as exc:
            raise Said(422, str(exc)) from exc
        return self.done(self.database.reviews.decide(post_id, made, reviewer, self.now()), post_id)


def build(database: Database, rate_per_min: int, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> FastAPI:
    """The application; it opens nothing before the first request."""
    app = FastAPI(
        title="Groundswell replies", version=version("groundswell"), summary="Claim, edit, approve and reject drafts.",
        # the page that would show the description loads its scripts from elsewhere
        docs_url=None, redoc_url=None,
    )  # fmt: skip
    app.add_middleware(SmallBodies)
    _errors(app)
    desk, door = Desk(database, now), Door(database.tokens, rate_per_min, now)
    app.include_router(_health(database))
    app.include_router(_reading(desk, door))
    app.include_router(_deciding(desk, door))
    return app


def _health(database: Database) -> APIRouter:
    router = APIRouter()

    @router.get("/health", responses={503: {"model": models.Health}})
    def health(response: Response) -> models.Health:
        """Whether the API and its database answer; needs no token."""
        try:
            database.read("newest_post")
        except DatabaseUnavailable:
            response.status_code = 503
            return models.Health(status="PostgreSQL does not answer")
        return models.Health(status="ok")

    return router


def _reading(desk: Desk, door: Door) -> APIRouter:
    """Calls that need the right to read."""
    router = APIRouter(prefix="/v1", tags=["read"], responses=ERRORS, dependencies=[Depends(door.reads)])

    @router.get("/drafts")
    def queue(limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 50) -> models.Queue:
        """What waits for a verdict, the most urgent first; drafts that someone has in review are among them."""
        rows = desk.database.read("drafts_waiting", count=limit)
        return models.Queue(drafts=[models.draft_of(row, desk.now()) for row in rows])

    @router.get("/drafts/{draft_id}")
    def draft(draft_id: models.PostId) -> models.Draft:
        """One draft, wherever it stands."""
        return desk.draft(draft_id)

    @router.get("/drafts/{draft_id}/history")
    def history(draft_id: models.PostId) -> models.History:
        """Who did what to a draft, the first first."""
        desk.draft(draft_id)
        rows = desk.database.read("draft_history", post_id=draft_id, count=MOST_LISTED)
        return models.History.model_validate({"events": rows})

    @router.get("/figures")
    def figures(days: Annotated[float, Query(gt=0, le=366)] = 30) -> models.Figures:
        """How the newest 3,000 drafts fared that were decided lately: accepted or not, how far edited, and how soon."""
        rows = desk.database.read("reply_figures", since=desk.now() - timedelta(days=days), count=500)
        return models.Figures.model_validate({"figures": rows})

    return router


def _deciding(desk: Desk, door: Door) -> APIRouter:
    """Calls that need the right to give verdicts."""
    router = APIRouter(prefix="/v1", tags=["verdict"], responses=ERRORS)
    reviews, now = desk.database.reviews, desk.now
    Decides = Annotated[Reviewer, Depends(door.decides)]

    @router.post("/next", responses={204: {"description": "No draft is free"}}, response_model=models.Draft)
    def take(reviewer: Decides, asked: models.ClaimFor | None = None) -> Any:
        """Claim the most urgent draft that nobody has."""
        post_id = reviews.take(reviewer, now(), _claim_for(asked))
        return Response(status_code=204) if post_id is None else desk.draft(post_id)

    @router.post("/drafts/{draft_id}/claim")
    def claim(draft_id: models.PostId, reviewer: Decides, asked: models.ClaimFor | None = None) -> models.Draft:
        """Have a draft in review, so that nobody else gets it; again, to keep it longer."""
        return desk.done(reviews.claim(draft_id, reviewer, now(), _claim_for(asked)), draft_id)

    @router.post("/drafts/{draft_id}/release")
    def release(draft_id: models.PostId, reviewer: Decides) -> models.Draft:
        """Let go of a draft that you have in review."""
        return desk.done(reviews.release(draft_id, reviewer, now()), draft_id)

    @router.put("/drafts/{draft_id}/text")
    def edit(draft_id: models.PostId, reviewer: Decides, asked: models.Text) -> models.Draft:
        """Save another text without deciding; `findings` says what the guard thinks of it."""
        return desk.done(reviews.edit(draft_id, asked.text, reviewer, now()), draft_id)

    @router.post("/drafts/{draft_id}/approve")
    def approve(draft_id: models.PostId, reviewer: Decides, asked: models.Approve | None = None) -> models.Draft:
        """Approve the reply: it is handed over to the helpdesk by webhook, once."""
        text = asked.text if asked is not None and asked.text is not None else desk.draft(draft_id).text
        return desk.decide(draft_id, lambda: Approval(text), reviewer)

    @router.post("/drafts/{draft_id}/reject")
    def reject(draft_id: models.PostId, reviewer: Decides, asked: models.Reject) -> models.Draft:
        """Reject the reply, with a reason."""
        return desk.decide(draft_id, lambda: Rejection(asked.reason, asked.note), reviewer)

    return router


def _claim_for(asked: models.ClaimFor | None) -> timedelta:
    return timedelta(minutes=(asked or models.ClaimFor()).minutes)


def _errors(app: FastAPI) -> None:
    """Every error as one sentence."""

    def answer(status: int, sentence: str, headers: dict[str, str] | None = None) -> JSONResponse:
        return JSONResponse({"error": sentence}, status, headers)

    @app.exception_handler(Said)
    def said(_: Request, exc: Said) -> JSONResponse:
        return answer(exc.status, exc.sentence, exc.headers)

    @app.exception_handler(HTTPException)
    def http(_: Request, exc: HTTPException) -> JSONResponse:
        return answer(exc.status_code, str(exc.detail).lower(), dict(exc.headers or {}))

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, exc: RequestValidationError) -> JSONResponse:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part not in ("body", "query", "path"))
        return answer(422, f"{where or 'the body'}: {first['msg'].lower()}")

    @app.exception_handler(DatabaseUnavailable)
    def gone(_: Request, exc: DatabaseUnavailable) -> JSONResponse:
        return answer(503, "PostgreSQL does not answer, so nothing was done", {"Retry-After": "2"})


def main() -> None:
    """Serve until a signal comes."""
    import uvicorn

    from core.settings import Settings
    from storage.verdicts import impatient

    settings = Settings()
    with closing(Database(impatient(settings.dsn.get_secret_value(), PATIENCE_S))) as database:
        uvicorn.run(
            build(database, settings.api_rate_per_min), host=settings.api_host, port=settings.api_port,
            log_level="warning", limit_concurrency=AT_ONCE, timeout_graceful_shutdown=2, server_header=False,
        )  # fmt: skip


if __name__ == "__main__":
    main()
