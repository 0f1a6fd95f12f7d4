"""`groundswell replay FILE…`: puts posts from files through Kafka."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from core.settings import Settings


def _speed(text: str) -> float:
    if text == "max":
        return 0.0
    try:
        speed = float(text.removesuffix("x"))
    except ValueError:
        speed = -1.0
    if not 0 <= speed < float("inf"):
        raise typer.BadParameter("write 60 for sixty times as fast as it happened, or max")
    return speed


def replay(
    files: Annotated[list[Path], typer.Argument(help="JSON lines (also .gz), a JSON list, or a complaints CSV.")],
    speed_up: Annotated[
        str, typer.Option("--speed-up", help="How many times as fast as it happened; max or 0: as fast as it goes.")
    ] = "max",
    bootstrap_servers: Annotated[
        str | None, typer.Option("--bootstrap-servers", help="Kafka, instead of the setting.")
    ] = None,
) -> None:
    """Publish the posts of files to posts.raw, merged by time, cleaned and masked like scraped ones.

    Reads our own posts as JSON lines, StockNet's tweets as they lie there, and complaint narratives of the CFPB. A line
    that cannot become a post goes to posts.dead with its file and number. Doing it twice changes nothing.
    """
    import time
    from datetime import UTC, datetime

    from ingest.compose import Composer
    from ingest.configured import configured
    from ingest.entities import choose_watchlist
    from ingest.kafka import KafkaPublisher
    from ingest.replay import Pace, Replayed
    from ingest.replay import replay as publish
    from ingest.replay_files import read_all

    speed = _speed(speed_up)
    settings, found = configured(Settings())
    watchlist = choose_watchlist(settings.watchlist, found.institutions)
    composer = Composer(watchlist, settings.author_key.get_secret_value())
    began = time.monotonic()
    with _Bar(sum(path.stat().st_size for path in files if path.is_file())) as bar:

        def show(done: Replayed) -> None:
            bar.show(f"{done.published:,} posts, {done.dead:,} dead letters")

        done = publish(
            read_all(files, datetime.now(UTC), bar.advance),
            publisher=KafkaPublisher(bootstrap_servers or settings.bootstrap_servers),
            composer=composer,
            pace=Pace(speed, time.monotonic, time.sleep),
            now=lambda: datetime.now(UTC),
            progress=show,
        )
    seconds = time.monotonic() - began
    typer.echo(
        f"published {done.published:,} posts in {seconds:.1f} s ({done.published / max(seconds, 1e-9):,.0f} posts/s); "
        f"{done.dead:,} dead letters, {done.masked:,} pieces of personal data masked"
    )


class _Bar:
    """How much of the files is read."""

    def __init__(self, total_bytes: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = ("replaying", BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        # on stderr, so that what a script reads from stdout is the one sentence at the end
        self._progress = Progress(*columns, TextColumn("{task.description}"), console=Console(stderr=True))
        self._task = self._progress.add_task("", total=total_bytes)

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def advance(self, count: int) -> None:
        self._progress.advance(self._task, count)

    def show(self, text: str) -> None:
        self._progress.update(self._task, description=text)
