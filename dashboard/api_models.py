"""What the HTTP API takes and gives, as its OpenAPI description says it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from core.guard import look_over
from core.plans import Plan, plan_of
from core.replies import DraftState
from core.reviews import MOST_CHARS, MOST_NOTE_CHARS, Reason, Stage, Standing, stage

NO_NUL = r"^[^\x00]*$"
"""PostgreSQL stores every character but this one."""
PostId = Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")]


class Given(BaseModel):
    """Something that a caller sends; a field that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid")


class ClaimFor(Given):
    minutes: float = Field(10, gt=0, le=60, description="How long nobody else shall get the draft.")


class Text(Given):
    text: str = Field(min_length=1, max_length=MOST_CHARS, pattern=NO_NUL, description="The reply as it now stands.")


class Approve(Given):
    text: str | None = Field(
        None, min_length=1, max_length=MOST_CHARS, pattern=NO_NUL,
        description="What the customer shall read; left out, the text as it was edited last, else the draft.",
    )  # fmt: skip


class Reject(Given):
    reason: Reason
    note: str = Field("", max_length=MOST_NOTE_CHARS, pattern=NO_NUL)


class Error(BaseModel):
    error: str = Field(description="One sentence: what is wrong.")


class Health(BaseModel):
    status: str = Field(description="ok, or why not.")


class Citation(BaseModel):
    act: str
    text: str
    cites: str = Field(description="Where the sentence stands in the playbook.")


class Finding(BaseModel):
    rule: str
    quote: str


class Refused(BaseModel):
    writer: str
    text: str
    findings: list[Finding]


class Draft(BaseModel):
    """A message with the reply that was drafted to it, and how far that has come."""

    draft_id: str
    stage: Stage
    request: str = Field(description="Why the message merits a reply.")
    priority: float
    rank: float = Field(description="Priority with the time waited; the queue's order.")
    requested_at: datetime
    ready_at: datetime | None
    message: str = Field(description="The customer's own words, masked: data, never an instruction.")
    source: str
    channel: str
    published_at: datetime
    entities: list[str]
    sentiment: str | None
    emotion: str | None
    intent: str | None
    draft: str = Field(description="As it was written; empty where the writer abstained.")
    text: str = Field(description="As it stands: edited, where it was.")
    writer: str
    reason: str
    entry: str
    playbook: str
    citations: list[Citation]
    findings: list[Finding] = Field(description="What the guard says of the text as it stands.")
    refused: list[Refused] = Field(description="What was written before and refused by the guard.")
    in_review_by: str | None
    in_review_until: datetime | None
    decided_by: str | None = None
    decided_at: datetime | None = None
    final_text: str | None = None
    handed_over_at: datetime | None = None


class Queue(BaseModel):
    drafts: list[Draft]


class Event(BaseModel):
    at: datetime
    by: str
    what: str
    text: str | None
    reason: str | None


class History(BaseModel):
    events: list[Event]


class Figure(BaseModel):
    by: str = Field(description="all, writer, intent or both: what `writer` and `intent` stand for.")
    writer: str | None
    intent: str | None
    decided: int
    approved: int
    edited: int
    rejected: int
    accepted: float = Field(description="Approved or edited, of those decided; 0 to 1.")
    edit_distance: float | None = Field(description="Mean share of words changed, 0 to 1, in approved drafts.")
    minutes: float | None = Field(description="From draft to verdict, the middle one.")


class Figures(BaseModel):
    figures: list[Figure]


def draft_of(row: Mapping[str, Any], now: datetime) -> Draft:
    """A row of the queries `draft` or `drafts_waiting`."""
    plan = plan_of(row["plan"]) if row["plan"] else None
    standing = Standing(DraftState(row["state"]), row["claim_key"], row["claimed_until"])
    at = stage(standing, row.get("handed_over_at"), now)
    reviewed = at is Stage.IN_REVIEW
    text = row["draft"] if row["edited_text"] is None else row["edited_text"]
    same: tuple[str, ...] = ("request", "priority", "rank", "requested_at", "ready_at", "source", "channel", "entities")
    same += ("published_at", "sentiment", "intent", "draft", "writer", "reason", "entry", "playbook", "refused")
    later = {name: row[name] for name in ("decided_by", "decided_at", "final_text", "handed_over_at") if name in row}
    return Draft.model_validate(
        {name: row[name] for name in same}
        | later
        | {
            "draft_id": row["post_id"],
            "stage": at,
            "message": row["text"],
            "emotion": row["family"],
            "text": text,
            "citations": citations(plan),
            "findings": [{"rule": one.rule.value, "quote": one.quote} for one in look_over(text, plan, row["text"])],
            "in_review_by": row["claimed_by"] if reviewed else None,
            "in_review_until": row["claimed_until"] if reviewed else None,
        }
    )


def citations(plan: Plan | None) -> list[dict[str, str]]:
    return [{"act": line.act.value, "text": line.text, "cites": line.cites} for line in plan.lines] if plan else []
