-- Of minutes, hours and days; every row of an hour or a day is the sum of its shard's minutes.

-- name: add
-- To be formatted with a grain's table and the name of its time. Parameters: rows (JSON objects, a key a column): a batch
-- touches some four rows a post, and writing them value by value takes Python twice as long.
INSERT INTO {table} AS r (dimension, key, {time}, shard, posts, negative, neutral, positive, duplicates, unjudged)
SELECT dimension, key, {time}, shard, posts, negative, neutral, positive, duplicates, unjudged
FROM json_populate_recordset(NULL::{table}, %(rows)s)
ON CONFLICT (dimension, key, {time}, shard) DO UPDATE SET
    posts = r.posts + excluded.posts,
    negative = r.negative + excluded.negative,
    neutral = r.neutral + excluded.neutral,
    positive = r.positive + excluded.positive,
    duplicates = r.duplicates + excluded.duplicates,
    unjudged = r.unjudged + excluded.unjudged;

-- name: verify_minutes
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
SELECT 'minute' AS grain, dimension, key, minute,
    ARRAY[c.posts, c.negative, c.neutral, c.positive, c.duplicates, c.unjudged]::bigint[] AS by_posts,
    ARRAY[r.posts, r.negative, r.neutral, r.positive, r.duplicates, r.unjudged]::bigint[] AS by_rollups
FROM counted c FULL JOIN rolled r USING (dimension, key, minute)
WHERE (c.posts, c.negative, c.neutral, c.positive, c.duplicates, c.unjudged)
    IS DISTINCT FROM (r.posts, r.negative, r.neutral, r.positive, r.duplicates, r.unjudged)
ORDER BY dimension, key, minute;

-- name: verify_longer
-- Where those of hours or of days differ from the minutes of the same shard; no rows when all is well. To be formatted as
-- `add`.
WITH minutes AS (
    SELECT dimension, key, date_trunc('{time}', minute, 'UTC') AS {time}, shard, sum(posts) AS posts,
        sum(negative) AS negative, sum(neutral) AS neutral, sum(positive) AS positive, sum(duplicates) AS duplicates,
        sum(unjudged) AS unjudged
    FROM rollups
    GROUP BY 1, 2, 3, 4
), compared AS (
    SELECT dimension, key, {time},
        ARRAY[m.posts, m.negative, m.neutral, m.positive, m.duplicates, m.unjudged]::bigint[] AS by_minutes,
        ARRAY[r.posts, r.negative, r.neutral, r.positive, r.duplicates, r.unjudged]::bigint[] AS by_rollups
    FROM minutes m FULL JOIN {table} r USING (dimension, key, {time}, shard)
)
SELECT '{time}' AS grain, dimension, key, {time} AS minute, by_minutes AS by_posts, by_rollups
FROM compared
WHERE array_replace(by_minutes, NULL, 0) <> array_replace(by_rollups, NULL, 0)
ORDER BY dimension, key, {time};
