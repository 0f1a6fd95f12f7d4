-- What the detector remembers of each series: a short form of its rollups, which may be thrown away at any time.
CREATE TABLE series_states (
    dimension  text NOT NULL,
    key        text NOT NULL,
    near       bytea NOT NULL,        -- core.series.State, up to a few minutes ago
    near_to    timestamptz NOT NULL,
    base       bytea NOT NULL,        -- up to a day ago: where a look goes on when posts come late
    base_to    timestamptz NOT NULL,
    PRIMARY KEY (dimension, key)
);

-- Which minutes of which series got posts since the last look; a look takes them away. Only ever added to by workers, so
-- that a worker and a look never wait for each other.
CREATE TABLE series_changes (
    dimension  text NOT NULL,
    key        text NOT NULL,
    minute     timestamptz NOT NULL
);
CREATE INDEX series_changes_by_minute ON series_changes (minute);

-- When the series were first looked at; one row. What is stored before it is trusted for some hours only.
CREATE TABLE series_watched (
    first_look  timestamptz NOT NULL
);
INSERT INTO series_watched SELECT min(stored_at) FROM posts HAVING count(*) > 0;

-- What is said of an entity under a topic.
INSERT INTO rollups (dimension, key, minute, shard, posts, negative, neutral, positive, duplicates, unjudged)
SELECT 'entity_topic', entity || '/' || s.topic, date_trunc('minute', p.published_at, 'UTC'), 0,
    count(*),
    count(*) FILTER (WHERE p.duplicate_of IS NULL AND s.sentiment = 'negative'),
    count(*) FILTER (WHERE p.duplicate_of IS NULL AND s.sentiment = 'neutral'),
    count(*) FILTER (WHERE p.duplicate_of IS NULL AND s.sentiment = 'positive'),
    count(*) FILTER (WHERE p.duplicate_of IS NOT NULL),
    0
FROM posts p JOIN scores s USING (post_id)
    CROSS JOIN LATERAL (SELECT DISTINCT unnest(p.entities) AS entity) AS named
GROUP BY 1, 2, 3;

ALTER TABLE incidents
    DROP CONSTRAINT incidents_state_check,
    ADD CONSTRAINT incidents_state_check CHECK (state IN ('pending', 'firing', 'acknowledged', 'resolved')),
    ADD COLUMN window_min     integer NOT NULL DEFAULT 5,
    ADD COLUMN pending_since  timestamptz,
    ADD COLUMN labels         jsonb NOT NULL DEFAULT '[]';  -- pairs of name and value, of its rule
DROP INDEX incidents_one_open;
CREATE UNIQUE INDEX incidents_one_open ON incidents (kind, dimension, key) WHERE state <> 'resolved';
CREATE INDEX incidents_resolved ON incidents (resolved_at) WHERE state = 'resolved';

-- What happened to an incident; nothing here is ever changed.
CREATE TABLE incident_history (
    history_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    incident_id  text NOT NULL REFERENCES incidents ON DELETE CASCADE,
    at           timestamptz NOT NULL,
    what         text NOT NULL CHECK (
        what IN ('pending', 'opened', 'grew', 'joined', 'acknowledged', 'resolved')),
    severity     smallint NOT NULL,
    observed     integer NOT NULL,
    note         text NOT NULL DEFAULT ''
);
CREATE INDEX incident_history_by_incident ON incident_history (incident_id, history_id);
INSERT INTO incident_history (incident_id, at, what, severity, observed, note)
SELECT incident_id, opened_at, 'opened', severity, observed, summary FROM incidents ORDER BY opened_at;
INSERT INTO incident_history (incident_id, at, what, severity, observed, note)
SELECT incident_id, resolved_at, 'resolved', severity, observed, summary FROM incidents
WHERE resolved_at IS NOT NULL ORDER BY resolved_at;
