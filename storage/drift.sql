-- name: lock
-- One job at a time; until the transaction ends. Parameters: lock.
SELECT pg_try_advisory_xact_lock(%(lock)s) AS held;

-- name: unsketched
-- Days of channels with judged posts and without a sketch. Parameters: since, until (dates), channels (a list).
SELECT d.day::date AS day, c.channel
FROM generate_series(%(since)s::timestamp, %(until)s::timestamp, interval '1 day') AS d(day)
    CROSS JOIN unnest(%(channels)s::text[]) AS c(channel)
WHERE NOT EXISTS (SELECT 1 FROM drift_sketches s WHERE s.channel = c.channel AND s.day = d.day::date)
    AND EXISTS (
        SELECT 1 FROM rollups r
        WHERE r.dimension = 'channel' AND r.key = c.channel AND r.minute >= d.day AT TIME ZONE 'UTC'
            AND r.minute < (d.day + interval '1 day') AT TIME ZONE 'UTC' AND r.negative + r.neutral + r.positive > 0
    )
ORDER BY d.day, c.channel;

-- name: sample
-- Judged originals of a day, the same ones each time: ids are hashes, so their order is a draw.
-- Parameters: channel, since, until, most.
SELECT p.text, s.* FROM posts p JOIN scores s USING (post_id)
WHERE p.channel = %(channel)s AND p.published_at >= %(since)s AND p.published_at < %(until)s AND p.duplicate_of IS NULL
ORDER BY p.post_id
LIMIT %(most)s;

-- name: keep_sketches
INSERT INTO drift_sketches (day, channel, model_version, posts, words, features, labels, sureness, named)
VALUES %s
ON CONFLICT (channel, day) DO UPDATE SET
    model_version = excluded.model_version,
    posts = excluded.posts,
    words = excluded.words,
    features = excluded.features,
    labels = excluded.labels,
    sureness = excluded.sureness,
    named = excluded.named;

-- name: sketches
-- Parameters: channel, since (a date).
SELECT * FROM drift_sketches WHERE channel = %(channel)s AND day >= %(since)s ORDER BY day;

-- name: forget_sketches
-- Of days that were judged again. Parameters: since, until (dates), channels (a list; all, when it is empty).
DELETE FROM drift_sketches
WHERE day BETWEEN %(since)s AND %(until)s AND (cardinality(%(channels)s::text[]) = 0 OR channel = ANY(%(channels)s));

-- name: references
SELECT * FROM drift_references ORDER BY channel;

-- name: keep_references
INSERT INTO drift_references (channel, model_version, written_first, written_last, judged_first, judged_last, lines, posts)
VALUES %s
ON CONFLICT (channel) DO UPDATE SET
    model_version = excluded.model_version,
    written_first = excluded.written_first,
    written_last = excluded.written_last,
    judged_first = excluded.judged_first,
    judged_last = excluded.judged_last,
    lines = excluded.lines,
    posts = excluded.posts;

-- name: keep_findings
INSERT INTO drift_findings (day, channel, statistic, model_version, value, line, since, calm_days, note)
VALUES %s
ON CONFLICT (channel, day, statistic) DO UPDATE SET
    model_version = excluded.model_version,
    value = excluded.value,
    line = excluded.line,
    since = excluded.since,
    calm_days = excluded.calm_days,
    note = excluded.note;

-- name: findings
-- The last ones of each channel under its present reference.
SELECT f.day, f.channel, f.statistic, f.model_version, f.value, f.line, f.since, f.calm_days, f.note
FROM drift_references r
JOIN LATERAL (
    SELECT * FROM drift_findings f
    WHERE f.channel = r.channel AND f.model_version = r.model_version
        AND f.day = (SELECT max(day) FROM drift_findings d WHERE d.channel = r.channel)
) AS f ON true
ORDER BY f.channel, f.statistic;

-- name: looked
-- The last day of each channel that was looked at.
SELECT channel, max(day) AS day FROM drift_findings GROUP BY channel;
