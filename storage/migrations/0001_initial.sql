CREATE TABLE posts (
    post_id       text PRIMARY KEY,
    source        text NOT NULL,
    channel       text NOT NULL,
    text          text NOT NULL,
    published_at  timestamptz NOT NULL,
    fetched_at    timestamptz NOT NULL,
    stored_at     timestamptz NOT NULL DEFAULT now(),
    url           text,
    author_key    text,
    language      text,
    entities      text[] NOT NULL DEFAULT '{}',
    masked        integer NOT NULL DEFAULT 0,
    fingerprint   text,
    duplicate_of  text,
    unjudged      text
);
CREATE INDEX posts_by_time ON posts (published_at DESC);
CREATE INDEX posts_by_entity ON posts USING gin (entities);
CREATE INDEX posts_firsts ON posts (fingerprint, published_at) WHERE duplicate_of IS NULL AND fingerprint IS NOT NULL;

CREATE TABLE scores (
    post_id        text PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    model_version  text NOT NULL,
    topic          text NOT NULL,
    topic_p        real NOT NULL,
    sentiment      text NOT NULL,
    p_negative     real NOT NULL,
    p_neutral      real NOT NULL,
    p_positive     real NOT NULL,
    emotions       jsonb NOT NULL,
    family         text NOT NULL,
    intent         text NOT NULL,
    intent_p       real NOT NULL
);

-- One row a minute, thing and shard: each worker adds to its own shard, so that no two wait for each other.
-- posts = negative + neutral + positive + duplicates + unjudged.
CREATE TABLE rollups (
    minute      timestamptz NOT NULL,
    dimension   text NOT NULL,  -- total, entity, topic, channel, source, family
    key         text NOT NULL,
    shard       integer NOT NULL,
    posts       integer NOT NULL,
    negative    integer NOT NULL,
    neutral     integer NOT NULL,
    positive    integer NOT NULL,
    duplicates  integer NOT NULL,
    unjudged    integer NOT NULL,
    PRIMARY KEY (dimension, key, minute, shard)
);
CREATE INDEX rollups_by_minute ON rollups (minute DESC);

CREATE TABLE incidents (
    incident_id  text PRIMARY KEY,
    dimension    text NOT NULL,
    key          text NOT NULL,
    state        text NOT NULL CHECK (state IN ('firing', 'acknowledged', 'resolved')),
    opened_at    timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    resolved_at  timestamptz,
    severity     smallint NOT NULL CHECK (severity BETWEEN 1 AND 10),
    observed     integer NOT NULL,
    expected     double precision NOT NULL,
    p_value      double precision NOT NULL,
    authors      integer NOT NULL,
    summary      text NOT NULL,
    cause        jsonb NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX incidents_one_open ON incidents (dimension, key) WHERE state <> 'resolved';

CREATE TABLE notifications (
    notification_id  text PRIMARY KEY,
    incident_id      text NOT NULL REFERENCES incidents ON DELETE CASCADE,
    event            text NOT NULL CHECK (event IN ('firing', 'resolved')),
    payload          jsonb NOT NULL,
    state            text NOT NULL CHECK (state IN ('pending', 'sent', 'dead')),
    attempts         integer NOT NULL DEFAULT 0,
    due_at           timestamptz NOT NULL,
    sent_at          timestamptz,
    last_error       text,
    UNIQUE (incident_id, event)
);
CREATE INDEX notifications_due ON notifications (due_at) WHERE state = 'pending';

CREATE TABLE drafts (
    post_id       text PRIMARY KEY REFERENCES posts ON DELETE CASCADE,
    state         text NOT NULL CHECK (state IN ('requested', 'ready', 'abstained', 'approved', 'rejected')),
    request       text NOT NULL,
    priority      real NOT NULL,
    requested_at  timestamptz NOT NULL,
    text          text NOT NULL DEFAULT '',
    writer        text NOT NULL DEFAULT '',
    reason        text NOT NULL DEFAULT '',
    ready_at      timestamptz,
    decided_at    timestamptz,
    decided_by    text,
    final_text    text
);
CREATE INDEX drafts_requested ON drafts (priority DESC, requested_at) WHERE state = 'requested';
CREATE INDEX drafts_ready ON drafts (priority DESC, requested_at) WHERE state = 'ready';

CREATE TABLE cursors (
    source         text PRIMARY KEY,
    etag           text NOT NULL,
    last_modified  text NOT NULL,
    position       text NOT NULL,
    not_before     timestamptz
);

CREATE TABLE published (
    source        text NOT NULL,
    post_id       text NOT NULL,
    published_on  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, post_id)
);

CREATE TABLE scrape_runs (
    run_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source       text NOT NULL,
    started_at   timestamptz NOT NULL,
    finished_at  timestamptz NOT NULL,
    fetched      integer NOT NULL,
    published    integer NOT NULL,
    repeats      integer NOT NULL,
    rejected     integer NOT NULL,
    masked       integer NOT NULL,
    error        text
);
CREATE INDEX scrape_runs_by_source ON scrape_runs (source, finished_at DESC);
