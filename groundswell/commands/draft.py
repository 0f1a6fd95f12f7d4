"""`groundswell draft --text …`: what becomes of one message, step by step, as the worker would do it."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.settings import Settings

if TYPE_CHECKING:
    from core.drafting import Answer
    from core.guard import Finding
    from core.plans import Plan
    from core.ports import Reader
    from core.replies import Decision
    from core.retrieval import Found
    from core.scoring import ScoredPost
    from models.writer import Chosen


class To(StrEnum):
    """Where the message was written."""

    CUSTOMER = "customer"
    SOCIAL = "social"


def draft(
    text: Annotated[str, typer.Option(help="The customer's message.")],
    channel: Annotated[
        To, typer.Option(help="customer: to the firm; social: in public, 280 characters.")
    ] = To.CUSTOMER,
    playbook: Annotated[str | None, typer.Option(help="Playbook file, instead of the setting.")] = None,
    writer: Annotated[
        str | None, typer.Option(help="Who words it, instead of the setting: template, local, a model or an address.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything as one JSON object.")] = False,
) -> None:
    """Show decision, entries, plan, draft and the guard's findings for one message; nothing is stored or sent."""
    from core.drafting import Desk, draft_all
    from core.guard import look_over
    from core.replies import decide
    from models.classifier import load_classifier
    from models.writer import load_writer
    from stream.drafting import read_playbook, shelve

    settings = Settings()
    said = read_playbook(settings.playbook if playbook is None else playbook)
    reader = load_classifier(settings.weights, device=settings.device, threads=settings.classifier_threads or None)
    now = datetime.now(UTC)
    scored = _score(text, channel, settings, reader, now)
    desk = Desk(shelve(said, reader), reader, load_writer(chosen_writer(settings, writer)), now)
    (answer,) = draft_all([scored], desk)
    findings = look_over(answer.draft.text, answer.draft.plan, scored.post.text)
    decision = decide(scored, now)
    if as_json:
        typer.echo(json.dumps(_as_json(scored, decision, answer, findings), indent=2, ensure_ascii=False))
    else:
        _show(scored, decision, answer, findings)


def chosen_writer(settings: Settings, kind: str | None = None) -> Chosen:
    """What the settings say about the writer, or about another one of this kind."""
    from models.writer import Chosen

    return Chosen(
        settings.writer if kind is None else kind,
        settings.writer_adapter,
        settings.writer_model,
        settings.writer_key.get_secret_value(),
        settings.writer_timeout_s,
        settings.device,
        settings.writer_threads,
    )


def _score(text: str, channel: To, settings: Settings, reader: Reader, now: datetime) -> ScoredPost:
    """The message as the scraper and the worker would make it: cleaned, masked, its language named, scored."""
    from core.posts import Channel
    from core.scoring import ScoredPost, reason_not_to_judge, unscored
    from ingest.compose import Composer
    from ingest.entities import read_watchlist
    from ingest.items import Item

    item = Item(
        native_id=text[:200] or "-",
        channel=Channel(channel.value),
        text=text,
        published_at=now,
        author="customer",
        url=None,
    )
    composer = Composer(read_watchlist(settings.watchlist), settings.author_key.get_secret_value())
    post = composer.compose(item, "draft", now)
    reason = reason_not_to_judge(post)
    return unscored(post, reason) if reason else ScoredPost(post, reader.classify([post.text])[0])


def _as_json(scored: ScoredPost, decision: Decision, answer: Answer, findings: tuple[Finding, ...]) -> dict[str, Any]:
    from core.plans import as_json

    draft = answer.draft
    return {
        "message": scored.post.text,
        "decision": asdict(decision),
        "retrieved": [asdict(one) for one in answer.found.ranking] if answer.found else [],
        "plan": as_json(draft.plan) if draft.plan else None,
        "state": draft.state.value,
        "draft": draft.text,
        "writer": draft.writer,
        "reason": draft.reason,
        "findings": [asdict(one) for one in findings],
        "refused": [asdict(one) for one in draft.refused],
    }


def _show(scored: ScoredPost, decision: Decision, answer: Answer, findings: tuple[Finding, ...]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.panel import Panel

    console, made = Console(), answer.draft
    drafted = "a draft is wanted" if decision.draft else "no draft is wanted"
    console.print(f"[bold]Decision[/]  {drafted}: {decision.reason.value}, priority {decision.priority:.2f}")
    if scores := scored.scores:
        named = ", ".join(f"{name} {p:.2f}" for name, p in scores.emotions) or "no emotion"
        console.print(
            f"[bold]Read as[/]   {scores.sentiment.value}, {named}; intent {scores.intent} {scores.intent_p:.2f}"
        )
    if answer.found:
        _show_found(console, answer.found)
    if made.plan:
        _show_plan(console, made.plan)
    if made.text:
        console.print(Panel(escape(made.text), title=f"Draft by {made.writer}, {len(made.text)} characters"))
    console.print(f"[bold]{made.state.value.capitalize()}[/]  {escape(made.reason)}")
    for refused in made.refused:
        console.print(f"[bold]Refused[/]   {escape(refused.text)}")
        for finding in refused.findings:
            console.print(f"          {finding.rule.value}: {escape(finding.quote)}")
    console.print(f"[bold]Guard[/]     {'nothing found' if not findings else ''}")
    for finding in findings:
        console.print(f"          {finding.rule.value}: {escape(finding.quote)}")


def _show_found(console: Any, found: Found) -> None:
    from rich.table import Table

    if not found.ranking:
        console.print(f"[bold]Entry[/]     {found.entry.name if found.entry else 'none'}: {found.reason}")
        return
    table = Table("entry", "score", "likeness", "intent", "words", box=None, title_justify="left")
    for one in found.ranking:
        table.add_row(one.name, f"{one.score:.2f}", f"{one.likeness:.2f}", f"{one.intent:.2f}", str(one.cues))
    console.print(table)


def _show_plan(console: Any, plan: Plan) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table("act", "says", "cites", box=None)
    for line in plan.lines:
        table.add_row(line.act.value, escape(line.text), line.cites)
    strength = f", strength {plan.strength:.2f}" if plan.strength else ""
    console.print(f"[bold]Plan[/]      {plan.entry}, tone {plan.tone}{strength}, playbook {plan.playbook}")
    console.print(table)
