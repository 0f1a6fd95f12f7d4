"""`groundswell replay` as it is typed, into a real broker. The tweets are made up."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

from core import wire
from ingest.kafka import DEAD, RAW, ensure_topics
from tests.contract.test_publisher import ends, read

ROOT = Path(__file__).resolve().parents[2]


def replay(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "groundswell", "replay", *arguments]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def write(path: Path, ticker: str, numbers: range) -> str:
    rows = [
        json.dumps(
            {"id": str(n), "t": f"2015-03-02T14:{n // 60:02}:{n % 60:02}Z", "ticker": ticker, "text": f"tweet {n}"}
        )
        for n in numbers
    ]
    path.write_bytes(gzip.compress("\n".join([*rows, "broken"]).encode()))
    return str(path)


def test_files_are_merged_and_published_and_broken_lines_are_set_aside(tmp_path: Path, kafka: str) -> None:
    ensure_topics(kafka)
    start = ends(kafka)
    files = [
        write(tmp_path / "AAA.jsonl.gz", "AAA", range(200)),
        write(tmp_path / "BBB.jsonl.gz", "BBB", range(100, 300)),
    ]
    done = replay(*files, "--bootstrap-servers", kafka, "--speed-up", "max")
    assert done.returncode == 0, done.stderr
    assert "published 300 posts" in done.stdout
    assert "2 dead letters" in done.stdout
    posts = [post for record in read(kafka, RAW, start[RAW]) for post in wire.decode(record).posts]
    assert len({post.post_id for post in posts}) == len(posts) == 300
    assert sum(post.entities == ("AAA", "BBB") for post in posts) == 100
    letters = [wire.decode_letter(record)[0].origin for record in read(kafka, DEAD, start[DEAD])]
    assert sorted(letters) == ["AAA.jsonl.gz:201", "BBB.jsonl.gz:201"]


def test_a_missing_file_or_a_speed_that_is_none_is_one_sentence_and_exit_code_two(tmp_path: Path) -> None:
    missing = replay(str(tmp_path / "nothing.jsonl"))
    assert missing.returncode == 2
    assert "there is no file" in missing.stderr
    assert replay(str(tmp_path), "--speed-up", "fast").returncode == 2
