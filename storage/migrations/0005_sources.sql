-- When a source is due again by its own cadence; what its site asked for is not_before.
ALTER TABLE cursors ADD COLUMN due_at timestamptz;

-- Every source that a scraper was told to read: its health is judged by this, also before its first run.
CREATE TABLE sources (
    source     text PRIMARY KEY,
    kind       text NOT NULL,
    channel    text NOT NULL,
    every_s    integer NOT NULL,             -- seconds between two runs
    needs_key  text NOT NULL DEFAULT '',     -- the environment variable that is missing; empty when none is
    added_at   timestamptz NOT NULL,
    told_at    timestamptz NOT NULL          -- when a scraper last had it on its list
);

-- What its runs came to, so that nobody has to read all of them to know its habits.
CREATE TABLE source_health (
    source           text PRIMARY KEY,
    first_run_at     timestamptz NOT NULL,
    last_success_at  timestamptz,
    last_news_at     timestamptz,            -- the last run that published something
    last_error_at    timestamptz,
    last_error       text NOT NULL DEFAULT ''
);
CREATE TABLE source_days (
    source           text NOT NULL,
    day              date NOT NULL,          -- in UTC
    runs             integer NOT NULL,
    failed           integer NOT NULL,
    news             integer NOT NULL,       -- runs that published something
    published        integer NOT NULL,
    longest_pause_s  double precision NOT NULL,  -- between two of those, the later one on this day
    PRIMARY KEY (source, day)
);

-- A site is asked by one process at a time, and not too often. A row outlives a process that is killed by busy_until.
CREATE TABLE hosts (
    host        text PRIMARY KEY,
    next_at     timestamptz NOT NULL,
    holder      text NOT NULL,
    busy_until  timestamptz NOT NULL
);

-- Near-duplicates: the bands of a text's MinHash (core.near). Two texts that share one are compared.
ALTER TABLE posts ADD COLUMN bands bigint[];
CREATE INDEX posts_near ON posts USING gin (bands) WHERE duplicate_of IS NULL;
CREATE INDEX posts_by_first ON posts (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX posts_by_author ON posts (author_key) WHERE author_key IS NOT NULL;

-- Authors who were erased on request: what was removed, by whom, and until when Kafka's records may still hold it.
CREATE TABLE erasures (
    erasure_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    author_key   text NOT NULL,
    asked_by     text NOT NULL,
    at           timestamptz NOT NULL,
    posts        integer NOT NULL,
    kafka_until  timestamptz NOT NULL
);
CREATE INDEX erasures_by_author ON erasures (author_key);
