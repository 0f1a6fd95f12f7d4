-- name: try_lock
-- Parameters: lock. Held until the transaction ends.
SELECT pg_try_advisory_xact_lock(%(lock)s) AS held;

-- name: series
-- By minute, over all shards: the total, and every entity and topic that someone spoke ill of in the window.
-- Parameters: history_start, window_start, now.
WITH lively AS (
    SELECT dimension, key FROM rollups
    WHERE minute >= %(window_start)s AND minute <= %(now)s AND negative > 0 AND dimension IN ('entity', 'topic')
    UNION SELECT 'total', ''
)
SELECT dimension, key, minute, sum(negative + neutral + positive)::int AS posts, sum(negative)::int AS negative
FROM rollups JOIN lively USING (dimension, key)
WHERE minute >= %(history_start)s AND minute <= %(now)s
GROUP BY dimension, key, minute
HAVING sum(negative + neutral + positive) > 0
ORDER BY dimension, key, minute;

-- name: authors
-- Who spoke ill in the window; posts that name no author count as one author a source. Parameters: window_start.
WITH voices AS (
    SELECT coalesce('author ' || p.author_key, 'source ' || p.source) AS voice, p.entities, s.topic
    FROM posts p JOIN scores s USING (post_id)
    WHERE p.published_at >= %(window_start)s AND p.duplicate_of IS NULL AND s.sentiment = 'negative'
)
SELECT 'total' AS dimension, '' AS key, count(DISTINCT voice)::int AS authors FROM voices
UNION ALL
SELECT 'topic', topic, count(DISTINCT voice)::int FROM voices GROUP BY topic
UNION ALL
SELECT 'entity', entity, count(DISTINCT voice)::int FROM voices CROSS JOIN unnest(entities) AS entity GROUP BY entity;

-- name: open_incidents
SELECT * FROM incidents WHERE state <> 'resolved' ORDER BY opened_at, incident_id;

-- name: lock_open_incidents
-- Locked, so that a person's acknowledgement waits for the step and is not written over by it.
SELECT * FROM incidents WHERE state <> 'resolved' ORDER BY opened_at, incident_id FOR UPDATE;

-- name: save_incidents
INSERT INTO incidents (incident_id, dimension, key, state, opened_at, updated_at, resolved_at, severity, observed,
    expected, p_value, authors, summary, cause, kind, members)
VALUES %s
ON CONFLICT (incident_id) DO UPDATE SET
    state = excluded.state,
    opened_at = excluded.opened_at,
    updated_at = excluded.updated_at,
    resolved_at = excluded.resolved_at,
    severity = excluded.severity,
    observed = excluded.observed,
    expected = excluded.expected,
    p_value = excluded.p_value,
    authors = excluded.authors,
    summary = excluded.summary,
    cause = excluded.cause,
    members = excluded.members;

-- name: evidence
-- Literals are written into the statement, so that the planner sees one dimension and can use its index.
-- Parameters: dimension, key, since, limit.
SELECT p.*, s.model_version, s.topic, s.topic_p, s.sentiment, s.p_negative, s.p_neutral, s.p_positive, s.emotions,
    s.family, s.intent, s.intent_p
FROM posts p JOIN scores s USING (post_id)
WHERE p.published_at >= %(since)s AND p.duplicate_of IS NULL AND s.sentiment = 'negative'
    AND (%(dimension)s = 'total'
        OR (%(dimension)s = 'entity' AND p.entities @> ARRAY[%(key)s])
        OR (%(dimension)s = 'topic' AND s.topic = %(key)s)
        OR (%(dimension)s = 'family' AND s.family = %(key)s)
        OR (%(dimension)s = 'channel' AND p.channel = %(key)s)
        OR (%(dimension)s = 'source' AND p.source = %(key)s))
ORDER BY p.published_at DESC, p.post_id
LIMIT %(limit)s;
