-- name: insert_posts
INSERT INTO posts (post_id, source, channel, text, published_at, fetched_at, url, author_key, language, entities,
    masked, fingerprint, duplicate_of, unjudged, bands)
VALUES %s
ON CONFLICT DO NOTHING
RETURNING post_id;

-- name: erased
-- Until when each of some authors was erased. Parameters: author_keys (a list).
SELECT author_key, max(at) AS at FROM erasures WHERE author_key = ANY(%(author_keys)s) GROUP BY author_key;

-- name: insert_scores
INSERT INTO scores (post_id, model_version, topic, topic_p, sentiment, p_negative, p_neutral, p_positive, emotions,
    family, intent, intent_p)
VALUES %s;

-- name: add_changes
INSERT INTO series_changes (dimension, key, minute)
VALUES %s;

-- name: insert_requests
INSERT INTO drafts (post_id, state, request, priority, requested_at)
VALUES %s
ON CONFLICT DO NOTHING
RETURNING post_id;

-- name: firsts
-- Parameters: fingerprints (a list), since.
SELECT DISTINCT ON (p.fingerprint) p.fingerprint, p.post_id, s.model_version, s.topic, s.topic_p, s.sentiment,
    s.p_negative, s.p_neutral, s.p_positive, s.emotions, s.family, s.intent, s.intent_p
FROM posts p LEFT JOIN scores s USING (post_id)
WHERE p.fingerprint = ANY(%(fingerprints)s) AND p.duplicate_of IS NULL AND p.published_at >= %(since)s
ORDER BY p.fingerprint, p.published_at, p.post_id;

-- name: prefer_indexes
-- Of a list of some thousand bands the planner thinks that it fits every row; until the transaction ends.
SELECT set_config('enable_seqscan', 'off', true);

-- name: near
-- Parameters: bands (a list of arrays), since.
-- Materialized, so that the bands are looked up in their index, and not the newest posts one by one.
WITH alike AS MATERIALIZED (
    SELECT DISTINCT one.* FROM unnest(%(bands)s) AS part(bands)
    CROSS JOIN LATERAL (
        SELECT post_id, published_at FROM posts WHERE bands && part.bands::bigint[] AND duplicate_of IS NULL OFFSET 0
    ) AS one
), newest AS (
    SELECT post_id FROM alike WHERE published_at >= %(since)s ORDER BY published_at DESC, post_id LIMIT 5000
)
SELECT p.* FROM newest JOIN scored_posts p USING (post_id) WHERE p.model_version IS NOT NULL
ORDER BY p.published_at, p.post_id;

-- name: stored
-- Parameters: post_ids (a list).
SELECT * FROM scored_posts WHERE post_id = ANY(%(post_ids)s) ORDER BY post_id;
