"""PostgreSQL: the one object that a program makes, with a store for each need."""

from __future__ import annotations

from typing import Any

from core.learning_ports import DriftStore, LabelStore, ModelStore, RescoringStore, Wishes
from core.ports import (
    Alerts,
    AuditLog,
    DraftStore,
    HostTurns,
    IncidentStore,
    Outbox,
    PostStore,
    ReviewStore,
    Silences,
    SourceStore,
)
from storage import (
    audit,
    drafts,
    drift,
    handovers,
    hosts,
    incidents,
    labels,
    locks,
    models,
    outbox,
    posts,
    rescoring,
    retrainings,
    reviews,
    silences,
    sources,
    tokens,
)
from storage.connections import Connections
from storage.statements import queries


class Database:
    """Nothing is opened at construction; threads may share it.

    Every method of it and of its stores raises DatabaseUnavailable (try again; the next call opens a new connection)
    or DataRejected (never).
    """

    posts: PostStore
    incidents: IncidentStore
    outbox: Alerts
    silences: Silences
    drafts: DraftStore
    reviews: ReviewStore
    handovers: Outbox
    """Approved replies; alerts have `outbox`."""
    sources: SourceStore
    hosts: HostTurns
    models: ModelStore
    labels: LabelStore
    audit: AuditLog
    drift: DriftStore
    rescoring: RescoringStore
    retrainings: Wishes

    def __init__(self, dsn: str, shard: int = 0) -> None:
        """
        Args:
            dsn: a libpq URL or keyword string.
            shard: which rollup rows `posts.record` adds to; one a worker, so that workers do not wait for each other.

        Raises:
            SetupError: the DSN cannot be read.
        """
        self._connections = Connections(dsn)
        self._posts = posts.Posts(self._connections, shard)
        self.posts = self._posts
        self.incidents = incidents.Incidents(self._connections)
        self.outbox = outbox.Outbox(self._connections)
        self.silences = silences.Silences(self._connections)
        self.drafts = drafts.Drafts(self._connections)
        self.reviews = reviews.Reviews(self._connections)
        self.handovers = handovers.Handovers(self._connections)
        self.sources = sources.Sources(self._connections)
        self.hosts = hosts.Hosts(self._connections)
        self.models = models.Models(self._connections)
        self.labels = labels.Labels(self._connections)
        self.audit = audit.Audit(self._connections)
        self.drift = drift.Drift(self._connections)
        self.rescoring = rescoring.Rescorings(self._connections, shard)
        self.retrainings = retrainings.Retrainings(self._connections)
        self.tokens = tokens.Tokens(self._connections)
        self.locks = locks.Locks(self._connections)

    def migrate(self) -> None:
        """Bring the tables to the newest version; starters that come at the same time wait for the first.

        Raises:
            DatabaseUnavailable: nothing was changed; try again.
            SetupError: the database was made by a newer version of this program.
        """
        # here, since alembic and SQLAlchemy take half a second to import, and only a starter needs them
        from storage.migrating import migrate

        migrate(self._connections)

    def read(self, name: str, **params: Any) -> list[dict[str, Any]]:
        """The rows of a named query, by column name. Raises KeyError: `storage.statements.queries` has no such name."""
        query = queries()[name]
        with self._connections.transaction() as transaction:
            return transaction.rows(query, params)

    def verify_rollups(self) -> list[dict[str, Any]]:
        """Where rollups differ from a GROUP BY over the posts, or those of hours and days from those of minutes.

        The rows are those of `storage.rollups.verify`.

        Reads every post; for tests, and for an operator who doubts. An empty list means that all is well.
        """
        return self._posts.verify_rollups()

    def close(self) -> None:
        """Close the idle connections."""
        self._connections.close()
