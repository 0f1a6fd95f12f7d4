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

-- name: add_rollups
INSERT INTO rollups AS r (dimension, key, minute, shard, posts, negative, neutral, positive, duplicates, unjudged)
VALUES %s
ON CONFLICT (dimension, key, minute, shard) DO UPDATE SET
    posts = r.posts + excluded.posts,
    negative = r.negative + excluded.negative,
    neutral = r.neutral + excluded.neutral,
    positive = r.positive + excluded.positive,
    duplicates = r.duplicates + excluded.duplicates,
    unjudged = r.unjudged + excluded.unjudged;

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
-- Parameters: bands (a list), since.
-- Materialized, so that the bands are looked up in their index, and not the newest posts one by one.
WITH alike AS MATERIALIZED (
    SELECT post_id, published_at FROM posts WHERE bands && %(bands)s::bigint[] AND duplicate_of IS NULL
), newest AS (
    SELECT post_id FROM alike WHERE published_at >= %(since)s ORDER BY published_at DESC, post_id LIMIT 5000
)
SELECT p.*, s.model_version, s.topic, s.topic_p, s.sentiment, s.p_negative, s.p_neutral, s.p_positive, s.emotions,
    s.family, s.intent, s.intent_p
FROM newest JOIN posts p USING (post_id) JOIN scores s USING (post_id)
ORDER BY p.published_at, p.post_id;

-- name: stored
-- Parameters: post_ids (a list).
SELECT p.*, s.model_version, s.topic, s.topic_p, s.sentiment, s.p_negative, s.p_neutral, s.p_positive, s.emotions,
    s.family, s.intent, s.intent_p
FROM posts p LEFT JOIN scores s USING (post_id)
WHERE p.post_id = ANY(%(post_ids)s)
ORDER BY p.post_id;

-- name: verify_rollups
-- Where the rollups, over all shards, differ from what a GROUP BY over the posts says; no rows when all is well.
WITH kept AS (
    SELECT date_trunc('minute', p.published_at, 'UTC') AS minute, p.source, p.channel, p.entities, s.topic, s.family,
        s.model_version,
        CASE
            WHEN p.duplicate_of IS NOT NULL THEN 'duplicates'
            WHEN s.post_id IS NULL THEN 'unjudged'
            ELSE s.sentiment
        END AS kind
    FROM posts p LEFT JOIN scores s USING (post_id)
),
things AS (
    SELECT 'total' AS dimension, '' AS key, minute, kind FROM kept
    UNION ALL SELECT 'channel', channel, minute, kind FROM kept
    UNION ALL SELECT 'source', source, minute, kind FROM kept
    UNION ALL SELECT 'topic', topic, minute, kind FROM kept WHERE topic IS NOT NULL
    UNION ALL SELECT 'family', family, minute, kind FROM kept WHERE family IS NOT NULL
    UNION ALL SELECT 'model', model_version, minute, kind FROM kept WHERE model_version IS NOT NULL
    UNION ALL
    SELECT 'entity', entity, minute, kind
    FROM kept CROSS JOIN LATERAL (SELECT DISTINCT unnest(kept.entities) AS entity) AS named
    UNION ALL
    SELECT 'entity_topic', entity || '/' || topic, minute, kind
    FROM kept CROSS JOIN LATERAL (SELECT DISTINCT unnest(kept.entities) AS entity) AS named
    WHERE topic IS NOT NULL
),
counted AS (
    SELECT dimension, key, minute,
        count(*) AS posts,
        count(*) FILTER (WHERE kind = 'negative') AS negative,
        count(*) FILTER (WHERE kind = 'neutral') AS neutral,
        count(*) FILTER (WHERE kind = 'positive') AS positive,
        count(*) FILTER (WHERE kind = 'duplicates') AS duplicates,
        count(*) FILTER (WHERE kind = 'unjudged') AS unjudged
    FROM things
    GROUP BY dimension, key, minute
),
rolled AS (
    SELECT dimension, key, minute, sum(posts) AS posts, sum(negative) AS negative, sum(neutral) AS neutral,
        sum(positive) AS positive, sum(duplicates) AS duplicates, sum(unjudged) AS unjudged
    FROM rollups
    GROUP BY dimension, key, minute
    HAVING sum(posts) <> 0  -- all of them were removed (storage.removing)
)
SELECT dimension, key, minute,
    ARRAY[c.posts, c.negative, c.neutral, c.positive, c.duplicates, c.unjudged]::bigint[] AS by_posts,
    ARRAY[r.posts, r.negative, r.neutral, r.positive, r.duplicates, r.unjudged]::bigint[] AS by_rollups
FROM counted c FULL JOIN rolled r USING (dimension, key, minute)
WHERE (c.posts, c.negative, c.neutral, c.positive, c.duplicates, c.unjudged)
    IS DISTINCT FROM (r.posts, r.negative, r.neutral, r.positive, r.duplicates, r.unjudged)
ORDER BY dimension, key, minute;
