-- name: first_look
-- Parameters: now.
WITH ours AS (
    INSERT INTO series_watched SELECT %(now)s WHERE NOT EXISTS (SELECT 1 FROM series_watched) RETURNING first_look
)
SELECT first_look FROM series_watched UNION ALL SELECT first_look FROM ours LIMIT 1;

-- name: first_minute
-- The first minute in which anything was published.
SELECT min(minute) AS minute FROM rollups WHERE dimension = 'total' AND key = '';

-- name: take_changes
-- Minutes that are still to come wait for their turn. Parameters: now, oldest, dimensions (a list).
WITH taken AS (
    DELETE FROM series_changes WHERE minute <= %(now)s RETURNING dimension, key, minute
)
SELECT dimension, key, min(minute) AS earliest
FROM taken
WHERE minute > %(oldest)s AND dimension = ANY(%(dimensions)s)
GROUP BY dimension, key;

-- name: states
-- The base only where it is needed. Parameters: dimensions, keys, earliest (lists of one length), base_before.
SELECT w.dimension, w.key, s.near_to, s.base_to,
    CASE WHEN s.base_to >= %(base_before)s AND (w.earliest IS NULL OR w.earliest >= s.near_to) THEN s.near END AS near,
    CASE WHEN s.base_to < %(base_before)s OR w.earliest < s.near_to THEN s.base END AS base
FROM unnest(%(dimensions)s::text[], %(keys)s::text[], %(earliest)s::timestamptz[]) AS w(dimension, key, earliest)
JOIN series_states s USING (dimension, key);

-- name: buckets
-- Minutes with judged originals, over all shards, each series from its own moment on.
-- Parameters: dimensions, keys, since (lists of one length), now.
SELECT w.number, r.minute, sum(r.negative + r.neutral + r.positive)::int AS posts, sum(r.negative)::int AS negative,
    sum(r.positive)::int AS positive
FROM unnest(%(dimensions)s::text[], %(keys)s::text[], %(since)s::timestamptz[])
    WITH ORDINALITY AS w(dimension, key, since, number)
JOIN rollups r ON r.dimension = w.dimension AND r.key = w.key AND r.minute >= w.since AND r.minute <= %(now)s
GROUP BY w.number, r.minute
HAVING sum(r.negative + r.neutral + r.positive) > 0
ORDER BY w.number, r.minute;

-- name: save_states
INSERT INTO series_states (dimension, key, near, near_to, base, base_to)
VALUES %s
ON CONFLICT (dimension, key) DO UPDATE SET
    near = excluded.near,
    near_to = excluded.near_to,
    base = excluded.base,
    base_to = excluded.base_to;

-- name: save_nears
UPDATE series_states s SET near = v.near, near_to = v.near_to
FROM (VALUES %s) AS v(dimension, key, near, near_to)
WHERE s.dimension = v.dimension AND s.key = v.key;

-- name: minutes
-- Parameters: dimensions (a list), since, until.
SELECT dimension, key, minute, sum(negative + neutral + positive)::int AS posts, sum(negative)::int AS negative,
    sum(positive)::int AS positive
FROM rollups
WHERE dimension = ANY(%(dimensions)s) AND minute >= %(since)s AND minute < %(until)s
GROUP BY dimension, key, minute
HAVING sum(negative + neutral + positive) > 0
ORDER BY dimension, key, minute;
