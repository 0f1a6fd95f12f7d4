-- name: try_lock
-- Parameters: lock. Held until the transaction ends.
SELECT pg_try_advisory_xact_lock(%(lock)s) AS held;

-- name: is_due
-- By the server's clock, since workers' own may differ. Parameters: every.
SELECT coalesce(max(last_look) <= now() - %(every)s::interval, true) AS is_due FROM series_watched;

-- name: stepped
UPDATE series_watched SET last_look = now();

-- name: open_incidents
-- Those that people are told of.
SELECT * FROM incidents WHERE state IN ('firing', 'acknowledged') ORDER BY opened_at, incident_id;

-- name: lock_incidents
-- Those that are open, and those that ended lately. Locked, so that a person's acknowledgement waits for the step and is
-- not written over by it. Parameters: since.
SELECT * FROM incidents WHERE state <> 'resolved' OR resolved_at >= %(since)s ORDER BY opened_at, incident_id FOR UPDATE;

-- name: incidents
-- Parameters: incident_ids (a list).
SELECT * FROM incidents WHERE incident_id = ANY(%(incident_ids)s);

-- name: withdraw
-- Parameters: incident_ids (a list).
DELETE FROM incidents WHERE incident_id = ANY(%(incident_ids)s) AND state = 'pending';

-- name: add_history
INSERT INTO incident_history (incident_id, at, what, severity, observed, note)
VALUES %s;

-- name: history
-- Parameters: incident_id.
SELECT at, what, severity, observed, note FROM incident_history WHERE incident_id = %(incident_id)s ORDER BY history_id;

-- name: save_incidents
INSERT INTO incidents (incident_id, dimension, key, state, opened_at, updated_at, resolved_at, severity, observed,
    expected, p_value, authors, summary, cause, kind, members, window_min, pending_since, labels)
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
    members = excluded.members,
    window_min = excluded.window_min,
    pending_since = excluded.pending_since,
    labels = excluded.labels;

-- name: in_memory
-- The planner takes it that a row found by an index comes from a disk, and would rather read all scores than look a
-- hundred of them up. What was stored within hours is in memory. Until the transaction ends.
SELECT set_config('random_page_cost', '1.1', true);

-- name: evidence
-- To be formatted with the condition `about`. Parameters: those of it, and limit.
SELECT p.* FROM scored_posts p
WHERE {about}
ORDER BY p.published_at DESC, p.post_id
LIMIT %(limit)s;

-- name: voices
-- Of posts that name no author, a newspaper's are one voice, and other people's one each. To be formatted as `evidence`.
SELECT count(DISTINCT coalesce('author ' || p.author_key,
    CASE WHEN p.channel = 'news' THEN 'source ' || p.source ELSE 'post ' || p.post_id END))::int AS voices
FROM scored_posts p
WHERE {about};

-- name: about
-- Judged originals about a thing. Literals are written into the statement, so that the planner sees one dimension and
-- can use its index. Parameters: dimension, key (of a pair, the entity), topic (of a pair), negative (or of any feeling),
-- since, until.
p.published_at BETWEEN %(since)s AND %(until)s AND p.duplicate_of IS NULL AND p.model_version IS NOT NULL
    AND (NOT %(negative)s OR p.sentiment = 'negative')
    AND (%(dimension)s = 'total'
        OR (%(dimension)s = 'entity' AND p.entities @> ARRAY[%(key)s])
        OR (%(dimension)s = 'entity_topic' AND p.entities @> ARRAY[%(key)s] AND p.topic = %(topic)s)
        OR (%(dimension)s = 'topic' AND p.topic = %(key)s)
        OR (%(dimension)s = 'family' AND p.family = %(key)s)
        OR (%(dimension)s = 'channel' AND p.channel = %(key)s)
        OR (%(dimension)s = 'source' AND p.source = %(key)s));
