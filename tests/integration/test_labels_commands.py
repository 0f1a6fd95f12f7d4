"""`groundswell labels …` as somebody types it, against a real PostgreSQL; and that the queue reads by index."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from core.labels import NewLabel, Task
from groundswell.cli import main
from storage.label_queue import A_SLOT, NEWEST, READ_A_SLOT, SLOT, SLOTS, SQL
from storage.postgres import Database
from tests.builders import NOON, ids, make_scored, make_scores

POSTS = [
    make_scored(str(n), make_scores(topic_p=0.3), published_at=datetime.now(UTC) - timedelta(hours=1)) for n in range(6)
]
IDS = ids(POSTS)


class Done(NamedTuple):
    code: int
    out: str
    err: str


Types = Callable[..., Done]


@pytest.fixture
def database(postgres: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """One that the commands find, with six posts."""
    dsn = postgres()
    monkeypatch.setenv("GROUNDSWELL_DSN", dsn)
    monkeypatch.setenv("COLUMNS", "240")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("LOGNAME", "Ada")
    with closing(Database(dsn)) as opened:
        opened.migrate()
        opened.posts.record(POSTS, [])
        yield opened


@pytest.fixture
def types(database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Types:
    """Runs a command to its end."""

    def run(*words: str | Path) -> Done:
        monkeypatch.setattr("sys.argv", ["groundswell", "labels", *map(str, words)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return Done(int(ended.value.code or 0), out, err)

    return run


def line(number: int, value: Any, **changes: Any) -> str:
    content = {"post_id": IDS[number], "task": "sentiment", "value": value, "by": "Ada", "at": NOON.isoformat()}
    return json.dumps(content | changes)


def test_good_lines_are_taken_and_each_bad_one_is_named(database: Database, types: Types, tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_bytes(
        "\n".join(
            [
                line(0, "neutral"),
                "",
                line(1, "furious"),
                line(2, ["joy", "love"], task="emotion"),
                "not json",
                line(3, "neutral", post_id="f" * 32),
                line(4, "neutral", by=None),
            ]
        ).encode()
        + b"\n\xff\xfe\n"
    )

    done = types("import", file)

    assert (done.code, done.out) == (1, "2 labels added, 0 were there before, 5 lines refused\n")
    assert [text.partition(":")[0] for text in done.err.splitlines()] == [
        "line 3", "line 5", "line 6", "line 7", "line 8", "groundswell",
    ]  # fmt: skip
    assert "line 3: 'furious' is no label of sentiment" in done.err
    assert f"5 of 7 lines of {file} were refused; the others were taken" in done.err
    assert [label.value for label in database.labels.standing()] == [("neutral",), ("joy", "love")]


def test_an_import_done_twice_is_done_once(database: Database, types: Types, tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text("\n".join(line(n, "neutral") for n in range(6)))

    assert types("import", file) == (0, "6 labels added, 0 were there before, 0 lines refused\n", "")
    assert types("import", file) == (0, "0 labels added, 6 were there before, 0 lines refused\n", "")
    assert len(database.labels.standing()) == 6


def test_whose_labels_they_are_can_be_said_once(database: Database, types: Types, tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_text(line(0, "neutral", by=None))

    assert types("import", file, "--by", "Ben").code == 0
    assert [label.by for label in database.labels.standing()] == ["Ben"]


def test_what_is_exported_is_imported_elsewhere_as_it_was(
    database: Database, types: Types, tmp_path: Path, postgres: Callable[[], str]
) -> None:
    file, elsewhere = tmp_path / "labels.jsonl", postgres()
    for n, value in enumerate(["neutral", "positive", "negative"]):
        label = NewLabel(IDS[n], Task.SENTIMENT, (value,), "Ada", ("negative",), "gw-1")
        database.labels.add(label, NOON + timedelta(microseconds=n))
    database.labels.add(NewLabel(IDS[0], Task.EMOTION, ("joy", "love"), "Żaneta"), NOON)

    assert types("export", file).out == f"4 labels written to {file}\n"
    with closing(Database(elsewhere)) as other:
        other.migrate()
        other.posts.record(POSTS, [])
        assert types("import", file, "--dsn", elsewhere).code == 0
        kept = {(one.post_id, one.task, one.value, one.by, one.at, one.said, one.model_version) for one in
                other.labels.standing()}  # fmt: skip

    assert kept == {
        (one.post_id, one.task, one.value, one.by, one.at, one.said, one.model_version)
        for one in database.labels.standing()
    }
    assert len(kept) == 4


def test_what_holds_is_exported_with_who_took_part(database: Database, types: Types, tmp_path: Path) -> None:
    file = tmp_path / "settled.jsonl"
    for by, value in [("Ada", "neutral"), ("Ben", "negative"), ("Cleo", "negative")]:
        database.labels.add(NewLabel(IDS[0], Task.SENTIMENT, (value,), by), NOON)
    database.labels.add(NewLabel(IDS[1], Task.SENTIMENT, ("neutral",), "Ada"), NOON)
    database.labels.add(NewLabel(IDS[1], Task.SENTIMENT, ("positive",), "Ben"), NOON)

    types("export", file, "--settled")

    (row,) = [json.loads(text) for text in file.read_text().splitlines()]
    assert (row["post_id"], row["value"], row["people"]) == (IDS[0], "negative", ["Ada", "Ben", "Cleo"])
    assert row["text"] == POSTS[0].post.text


@pytest.mark.usefixtures("database")
def test_a_file_that_cannot_be_read_or_written_is_said_and_leaves_nothing(types: Types, tmp_path: Path) -> None:
    missing = types("import", tmp_path / "none.jsonl")
    unwritable = types("export", tmp_path / "no folder" / "labels.jsonl")

    assert (missing.code, unwritable.code) == (2, 2)
    assert "cannot be read" in missing.err
    assert "cannot be written" in unwritable.err
    assert list(tmp_path.iterdir()) == []


def test_the_queue_shows_what_is_asked_next_and_holds_nothing(database: Database, types: Types) -> None:
    shown = types("queue", "--task", "topic", "--count", "2").out
    assert shown.count("the model is unsure: Company | Product News 30%") == 2

    rows = [json.loads(text) for text in types("queue", "--task", "topic", "--json").out.splitlines()]
    assert {row["post_id"] for row in rows} == set(IDS)
    assert {row["why"] for row in rows} == {"the model is unsure"}
    assert len(database.labels.next("Ben", 9, datetime.now(UTC), [Task.TOPIC])) == 6


def test_an_empty_queue_says_so(types: Types, database: Database) -> None:
    for post_id in IDS:
        database.labels.add(NewLabel(post_id, Task.TOPIC, ("Macro",), "Ada"), NOON)

    assert types("queue", "--task", "topic").out == "nothing to label\n"


def test_agreement_is_shown_by_task_and_person(database: Database, types: Types) -> None:
    choices = [("negative", "negative"), ("negative", "neutral"), ("neutral", "neutral"), ("neutral", "neutral")]
    for n, pair in enumerate(choices):
        for by, value in zip(("Ada", "Ben"), pair, strict=True):
            database.labels.add(NewLabel(IDS[n], Task.SENTIMENT, (value,), by, ("negative",)), NOON)

    shown = types("agreement").out
    content = json.loads(types("agreement", "--json").out)

    # Po = 3/4, Pe = (2*1 + 2*3)/16 = 1/2
    assert "75%  0.50" in " ".join(shown.split()).replace(" 0.50", "  0.50")
    (sentiment,) = [one for one in content["tasks"] if one["task"] == "sentiment"]
    assert (sentiment["kappa"], sentiment["waiting"], sentiment["settled"]) == (0.5, 1, 3)
    assert [(one["by"], one["differed"], one["against_model"]) for one in content["people"]] == [
        ("Ada", 1, 2), ("Ben", 1, 3),
    ]  # fmt: skip


MANY = """
INSERT INTO posts (post_id, source, channel, text, published_at, fetched_at, language)
SELECT md5(n::text), 'demo-social', 'social', 'Post number ' || n, %(now)s - n * interval '20 s',
    %(now)s, 'en' FROM generate_series(1, 60000) n;
INSERT INTO scores SELECT post_id, 'm', 'Macro', 0.5, 'negative', 0.5, 0.3, 0.2, '[]', 'neutral', 'age_limit', 0.5
FROM posts ON CONFLICT DO NOTHING;
INSERT INTO labels (post_id, task, value, labelled_by, labelled_at)
SELECT post_id, 'topic', '{Macro}', 'Ben', %(now)s - interval '40 days' FROM posts ORDER BY post_id LIMIT 5000
ON CONFLICT DO NOTHING;
"""


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def test_the_queue_reads_a_bounded_part_of_many_posts_by_their_indexes(database: Database) -> None:
    now = datetime.now(UTC)
    queries = {
        "pool": {"since": now - timedelta(days=7), "now": now, "edge": now, "slot": SLOT, "slots": SLOTS,
                 "newest": NEWEST, "read": READ_A_SLOT, "a_slot": A_SLOT, "named": IDS, "by": "Ada"},
        "opinions": {"since": now - timedelta(days=30), "by": "Ada", "now": now, "tasks": list(Task), "count": 1_000},
        "misread": {"since": now - timedelta(days=7), "reason": "Answers another question"},
        "counts": {"count": 1_000},
    }  # fmt: skip
    with database._connections.transaction() as transaction:
        transaction.rows(MANY, {"now": now})
    with closing(database._connections.connect()) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
            plans = {}
            for name, wanted in queries.items():
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {SQL[name]}", wanted)
                (found,) = cursor.fetchone() or ([],)
                plans[name] = list(nodes(found[0]["Plan"]))

    for name, found in plans.items():
        scanned = [one for one in found if one["Node Type"] == "Seq Scan" and one["Relation Name"] in
                   ("posts", "scores", "labels", "drafts") and one["Actual Rows"] > 0]  # fmt: skip
        assert not scanned, (name, scanned)
    read = sum(
        one["Actual Rows"] * one["Actual Loops"] for one in plans["pool"] if "Index" in one["Node Type"]
        and one.get("Relation Name") == "posts"
    )  # fmt: skip
    assert read <= 2 * NEWEST + SLOTS * (READ_A_SLOT + A_SLOT) + len(IDS)
