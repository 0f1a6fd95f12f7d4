-- name: lock
-- Changes of states come one after the other; whoever reads waits for nobody.
LOCK TABLE models IN SHARE ROW EXCLUSIVE MODE;

-- name: states
SELECT version, state FROM models;

-- name: add
-- The whole model in one row. Parameters: version, parent, state, created_at, data_sha256, code_version, metrics,
-- artefact, sha256, size_bytes, card.
INSERT INTO models (version, parent, state, created_at, data_sha256, code_version, metrics, artefact, sha256, size_bytes,
    card)
VALUES (%(version)s, %(parent)s, %(state)s, %(created_at)s, %(data_sha256)s, %(code_version)s, %(metrics)s, %(artefact)s,
    %(sha256)s, %(size_bytes)s, %(card)s);

-- name: move
-- Parameters: version, state.
UPDATE models SET state = %(state)s WHERE version = %(version)s;

-- name: add_event
INSERT INTO model_events (version, at, action, before, after, by_whom, why)
VALUES %s;

-- name: events
-- Parameters: version (null is all).
SELECT version, at, action, before, after, by_whom, why FROM model_events
WHERE %(version)s::text IS NULL OR version = %(version)s
ORDER BY event_id;

-- name: all
-- Without the artefacts, which are large.
SELECT version, parent, state, created_at, data_sha256, code_version, metrics, sha256, size_bytes, card FROM models
ORDER BY created_at DESC, version;

-- name: one
-- Parameters: version.
SELECT version, parent, state, created_at, data_sha256, code_version, metrics, sha256, size_bytes, card FROM models
WHERE version = %(version)s;

-- name: holder
-- Parameters: state (champion or shadow).
SELECT version, parent, state, created_at, data_sha256, code_version, metrics, sha256, size_bytes, card FROM models
WHERE state = %(state)s;

-- name: artefact
-- Parameters: version.
SELECT artefact FROM models WHERE version = %(version)s;

-- name: in_service
SELECT state, version FROM models WHERE state = 'champion'
UNION ALL SELECT state, version FROM models WHERE state = 'shadow';

-- name: refuse
-- Parameters: version, worker, why, at.
INSERT INTO model_refusals (version, worker, why, since, at)
VALUES (%(version)s, %(worker)s, %(why)s, %(at)s, %(at)s)
ON CONFLICT (version, worker) DO UPDATE SET why = excluded.why, at = excluded.at;

-- name: accept
-- Parameters: version, worker.
DELETE FROM model_refusals WHERE version = %(version)s AND worker = %(worker)s;

-- name: refusals
-- Parameters: version.
SELECT version, worker, why, since, at FROM model_refusals WHERE version = %(version)s ORDER BY worker;

-- name: refusals_of_champion
SELECT r.version, r.worker, r.why, r.since, r.at FROM model_refusals r JOIN models m USING (version)
WHERE m.state = 'champion'
ORDER BY r.worker;

-- name: record_shadow
-- Of posts that are still there.
INSERT INTO shadow_scores (version, post_id, scored_at, against, differs, topic, topic_p, sentiment, p_negative,
    p_neutral, p_positive, emotions, family, intent, intent_p)
SELECT given.version, given.post_id, given.scored_at, given.against, given.differs::text[], given.topic, given.topic_p,
    given.sentiment, given.p_negative, given.p_neutral, given.p_positive, given.emotions::jsonb, given.family,
    given.intent, given.intent_p
FROM (VALUES %s) AS given (version, post_id, scored_at, against, differs, topic, topic_p, sentiment, p_negative,
    p_neutral, p_positive, emotions, family, intent, intent_p)
JOIN posts USING (post_id)
ON CONFLICT DO NOTHING
RETURNING post_id;

-- name: disagreements
-- Parameters: count, since (null is any time).
SELECT post_id, version AS model_version, against, differs, scored_at, topic, topic_p, sentiment, p_negative, p_neutral,
    p_positive, emotions, family, intent, intent_p
FROM shadow_scores
WHERE version = (
        SELECT version FROM model_events WHERE after = 'shadow'
        ORDER BY (SELECT state = 'shadow' FROM models WHERE models.version = model_events.version) DESC, event_id DESC
        LIMIT 1)
    AND differs <> '{}'
    AND (%(since)s::timestamptz IS NULL OR scored_at >= %(since)s)
ORDER BY scored_at DESC, post_id
LIMIT %(count)s;

-- name: shadow_days
-- Parameters: version.
SELECT (scored_at AT TIME ZONE 'UTC')::date AS day, version, against, count(*)::int AS posts,
    count(*) FILTER (WHERE 'topic' = ANY(differs))::int AS topic,
    count(*) FILTER (WHERE 'sentiment' = ANY(differs))::int AS sentiment,
    count(*) FILTER (WHERE 'emotion' = ANY(differs))::int AS emotion,
    count(*) FILTER (WHERE 'intent' = ANY(differs))::int AS intent
FROM shadow_scores
WHERE version = %(version)s
GROUP BY 1, 2, 3
ORDER BY 1 DESC, 3;
