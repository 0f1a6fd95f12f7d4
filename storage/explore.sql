-- What the pages Explore, Post and Model read, as queries.sql says. Rollups answer where they count what is asked; every
-- other cross reads posts, of which no more than `most` are looked at. An empty filter keeps everything.

-- name: explore_series
-- One series by time. Parameters: dimension, key, since, until, bucket_s, origin (where a bucket may begin).
SELECT b.at, r.posts, r.negative, r.neutral, r.positive
FROM time_buckets(%(since)s, %(until)s, %(bucket_s)s, %(origin)s) b
CROSS JOIN LATERAL rolled(%(dimension)s, %(key)s, b.bucket_since, b.bucket_until) r
WHERE r.posts > 0
ORDER BY b.at
LIMIT 2000;

-- name: explore_usual
-- What share of a series' posts is usually negative in so long a time, by the hour (UTC) in which it begins: the middle
-- 80 of 100 of the two weeks before. Hours of fewer than three days say nothing. Buckets of less than an hour are counted
-- in one walk through the minutes, since each holds only a few.
-- Parameters: dimension, key, since, bucket_s, origin.
WITH counted AS (
    SELECT date_bin(make_interval(secs => %(bucket_s)s), minute, %(origin)s::timestamptz) AS at, sum(negative) AS negative,
        sum(negative + neutral + positive) AS judged
    FROM rollups
    WHERE %(bucket_s)s < 3600 AND dimension = %(dimension)s AND key = %(key)s
        AND minute >= %(since)s::timestamptz - interval '14 days' AND minute < %(since)s
    GROUP BY 1
    UNION ALL
    SELECT b.at, r.negative, r.negative + r.neutral + r.positive
    FROM time_buckets(%(since)s::timestamptz - interval '14 days', %(since)s, %(bucket_s)s, %(origin)s) b
    CROSS JOIN LATERAL rolled(%(dimension)s, %(key)s, b.bucket_since, b.bucket_until) r
    WHERE %(bucket_s)s >= 3600
), buckets AS (
    SELECT at, negative::float8 AS negative, judged FROM counted WHERE judged >= 5
)
SELECT extract(hour FROM at AT TIME ZONE 'UTC')::int AS hour,
    percentile_cont(0.1) WITHIN GROUP (ORDER BY negative / judged)::float8 AS low,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY negative / judged)::float8 AS high
FROM buckets
GROUP BY 1 HAVING count(DISTINCT (at AT TIME ZONE 'UTC')::date) >= 3
ORDER BY 1;

-- name: explore_times
-- The keys of one dimension by time, those with most posts. Of pairs, the side that is asked for, with the other one given:
-- of the thousand keys that have most posts altogether, those with most in such a pair.
-- Parameters: dimension, part (key, entity or topic), entity, topic, since, until, bucket_s, origin, count.
WITH offered AS (
    SELECT key AS row, posts, CASE %(part)s WHEN 'entity' THEN key || '/' || %(topic)s
        WHEN 'topic' THEN %(entity)s || '/' || key ELSE key END AS key
    FROM rolled_keys(ARRAY[CASE %(part)s WHEN 'key' THEN %(dimension)s ELSE %(part)s END], %(since)s, %(until)s)
    WHERE posts > 0
    ORDER BY posts DESC, row
    LIMIT 1000
), rows AS (
    SELECT o.row, o.key
    FROM offered o
    CROSS JOIN LATERAL (
        SELECT o.posts WHERE %(part)s = 'key'
        UNION ALL
        SELECT r.posts FROM rolled(%(dimension)s, o.key, %(since)s, %(until)s) r WHERE %(part)s <> 'key'
    ) AS c (posts)
    WHERE c.posts > 0
    ORDER BY c.posts DESC, o.row
    LIMIT %(count)s
)
SELECT rows.row, NULL AS col, b.at, r.posts, r.negative, r.neutral, r.positive
FROM rows
CROSS JOIN time_buckets(%(since)s, %(until)s, %(bucket_s)s, %(origin)s) b
CROSS JOIN LATERAL rolled(%(dimension)s, rows.key, b.bucket_since, b.bucket_until) r
WHERE r.posts > 0
ORDER BY rows.row, b.at;

-- name: explore_pairs
-- Entities by topic, of each those with most posts. Parameters: since, until, count.
WITH keys AS (
    SELECT dimension, key, row_number() OVER (PARTITION BY dimension ORDER BY posts DESC, key) AS place
    FROM rolled_keys(ARRAY['entity', 'topic'], %(since)s, %(until)s)
    WHERE posts > 0
)
SELECT e.key AS row, t.key AS col, NULL::timestamptz AS at, r.posts, r.negative, r.neutral, r.positive
FROM keys e
JOIN keys t ON e.dimension = 'entity' AND t.dimension = 'topic' AND e.place <= %(count)s AND t.place <= %(count)s
CROSS JOIN LATERAL rolled('entity_topic', e.key || '/' || t.key, %(since)s, %(until)s) r
WHERE r.posts > 0
ORDER BY e.key, t.key;

-- name: explore_cross
-- Any two of the things that a post has, or one of them by time ('time' as columns), counted over posts.
-- Parameters: rows, columns, since, until, entity, topic, family, channel, source, words, most, bucket_s, origin, count.
WITH found AS (
    SELECT * FROM explored(%(since)s, %(until)s, %(entity)s, %(topic)s, %(family)s, %(channel)s, %(source)s, %(words)s, %(most)s)
), cells AS (
    SELECT
        CASE %(rows)s WHEN 'entity' THEN e.name WHEN 'topic' THEN topic WHEN 'family' THEN family
            WHEN 'channel' THEN channel ELSE source END AS row,
        CASE %(columns)s WHEN 'time' THEN NULL WHEN 'entity' THEN e.name WHEN 'topic' THEN topic WHEN 'family' THEN family
            WHEN 'channel' THEN channel ELSE source END AS col,
        CASE %(columns)s WHEN 'time'
            THEN date_bin(make_interval(secs => %(bucket_s)s), published_at, %(origin)s::timestamptz) END AS at,
        count(*)::int AS posts,
        (count(*) FILTER (WHERE duplicate_of IS NULL AND sentiment = 'negative'))::int AS negative,
        (count(*) FILTER (WHERE duplicate_of IS NULL AND sentiment = 'neutral'))::int AS neutral,
        (count(*) FILTER (WHERE duplicate_of IS NULL AND sentiment = 'positive'))::int AS positive
    FROM found
    LEFT JOIN LATERAL (
        SELECT DISTINCT unnest(found.entities) AS name WHERE 'entity' IN (%(rows)s, %(columns)s)
    ) AS e ON true
    GROUP BY 1, 2, 3
), rows AS (
    SELECT row FROM cells WHERE row IS NOT NULL GROUP BY row ORDER BY sum(posts) DESC, row LIMIT %(count)s
), cols AS (
    SELECT col FROM cells WHERE col IS NOT NULL GROUP BY col ORDER BY sum(posts) DESC, col LIMIT %(count)s
)
SELECT row, col, at, posts, negative, neutral, positive
FROM cells JOIN rows USING (row)
WHERE %(columns)s = 'time' OR col IN (SELECT col FROM cols)
ORDER BY row, col, at;

-- name: explore_trend
-- Posts of all these kinds by time, counted over posts.
-- Parameters: since, until, entity, topic, family, channel, source, words, most, bucket_s, origin.
SELECT date_bin(make_interval(secs => %(bucket_s)s), published_at, %(origin)s::timestamptz) AS at, count(*)::int AS posts,
    (count(*) FILTER (WHERE duplicate_of IS NULL AND sentiment = 'negative'))::int AS negative,
    (count(*) FILTER (WHERE duplicate_of IS NULL AND sentiment = 'neutral'))::int AS neutral,
    (count(*) FILTER (WHERE duplicate_of IS NULL AND sentiment = 'positive'))::int AS positive
FROM explored(%(since)s, %(until)s, %(entity)s, %(topic)s, %(family)s, %(channel)s, %(source)s, %(words)s, %(most)s)
GROUP BY 1 ORDER BY 1
LIMIT 2000;

-- name: explore_reach
-- How far back `most` posts reach, and whether that is all of the time. An ever longer part of it is looked at, until that
-- holds more. Parameters: since, until, entity, topic, family, channel, source, most.
WITH RECURSIVE parts AS (
    SELECT 64 AS part, NULL::timestamptz AS since, true AS is_whole
    UNION ALL
    SELECT p.part / 4, r.since, r.is_whole
    FROM parts p
    CROSS JOIN LATERAL (
        SELECT min(m.minute) FILTER (WHERE m.is_near) AS since, coalesce(bool_and(m.is_near), true) AS is_whole
        FROM explored_minutes(
            %(until)s::timestamptz - (%(until)s::timestamptz - %(since)s) / p.part, %(until)s,
            %(entity)s, %(topic)s, %(family)s, %(channel)s, %(source)s, %(most)s
        ) m
    ) AS r
    WHERE p.is_whole AND p.part > 0
)
SELECT since, is_whole FROM parts ORDER BY part LIMIT 1;

-- name: explore_matches
-- How far back posts with these words are looked for: the longest part of the time that has no more than `most` of them, or
-- the shortest, and whether that is all of the time. Of words side by side half as many, since each post that has them all
-- is read to see whether they are. Parameters: since, until, words, most.
WITH RECURSIVE allowed AS MATERIALIZED (
    SELECT %(most)s / CASE WHEN strpos(words_asked(%(words)s)::text, '<->') > 0 THEN 2 ELSE 1 END AS most
), parts AS (
    SELECT 64 AS part, NULL::timestamptz AS since, 0::bigint AS posts
    UNION ALL
    SELECT p.part / 4, s.since, c.posts
    FROM parts p
    CROSS JOIN LATERAL (
        SELECT %(until)s::timestamptz - (%(until)s::timestamptz - %(since)s) / p.part AS since OFFSET 0
    ) AS s
    CROSS JOIN LATERAL (
        WITH found AS MATERIALIZED (
            SELECT published_at FROM posts
            WHERE words_of(language, text, published_at) @@ words_sought(%(words)s, s.since, %(until)s)
        )
        SELECT count(*) AS posts FROM (
            SELECT FROM found WHERE published_at >= s.since AND published_at < %(until)s
            LIMIT (SELECT most FROM allowed) + 1
        ) AS counted
    ) AS c
    WHERE p.part > 0 AND p.posts <= (SELECT most FROM allowed)
)
SELECT since, part = 0 AS is_whole
FROM parts
WHERE since IS NOT NULL AND (posts <= (SELECT most FROM allowed) OR part = 16)
ORDER BY part LIMIT 1;

-- name: explore_posts
-- The newest posts of all these kinds, with how often each was repeated. Parameters: since, until, entity, topic, family,
-- channel, source, words, feeling (or empty), reposts (or originals alone), most, count.
WITH newest AS (
    SELECT *
    FROM explored(%(since)s, %(until)s, %(entity)s, %(topic)s, %(family)s, %(channel)s, %(source)s, %(words)s, %(most)s)
    WHERE (%(reposts)s OR duplicate_of IS NULL) AND (%(feeling)s = '' OR sentiment = %(feeling)s)
    ORDER BY published_at DESC, post_id
    LIMIT %(count)s
)
SELECT n.post_id, n.published_at, n.source, n.channel, n.language, n.text, n.entities, n.duplicate_of, n.unjudged,
    n.model_version, n.topic, n.topic_p, n.sentiment, n.p_negative, n.p_neutral, n.p_positive, n.family, n.intent,
    n.intent_p,
    -- a post that all the world repeats is counted no further than this
    (SELECT count(*)::int FROM (SELECT FROM posts r WHERE r.duplicate_of = n.post_id LIMIT 1000) AS again) AS repeats
FROM newest n
ORDER BY n.published_at DESC, n.post_id;

-- name: explore_keys
-- What one may choose from: the keys of every dimension with posts, most first. Parameters: since, until, count.
SELECT dimension, key, posts FROM (
    SELECT dimension, key, posts, row_number() OVER (PARTITION BY dimension ORDER BY posts DESC, key) AS place
    FROM rolled_keys(ARRAY['entity', 'topic', 'family', 'channel', 'source'], %(since)s, %(until)s)
    WHERE posts > 0
) AS keys
WHERE place <= %(count)s
ORDER BY dimension, posts DESC, key;

-- name: post
-- One post whole. Parameters: post_id.
SELECT * FROM posts_with_scores WHERE post_id = %(post_id)s;

-- name: post_reach
-- How far a text got: its first 10,000 reposts, by how many authors and sources, and for how long. Parameters: post_id (of
-- the first).
SELECT count(*)::int AS repeats, count(DISTINCT coalesce(author_key, source))::int AS voices,
    count(DISTINCT source)::int AS sources, min(published_at) AS first_at, max(published_at) AS last_at,
    count(*) = 10000 AS is_more
FROM (SELECT author_key, source, published_at FROM posts WHERE duplicate_of = %(post_id)s LIMIT 10000) AS again;

-- name: post_repeats
-- The newest of the first 10,000 reposts of a text. Parameters: post_id, count.
SELECT * FROM (
    SELECT post_id, published_at, source, channel FROM posts WHERE duplicate_of = %(post_id)s LIMIT 10000
) AS again
ORDER BY published_at DESC, post_id
LIMIT %(count)s;

-- name: retraining
-- The newest retraining that somebody asked for, and whether a step of one runs at this moment: then its advisory lock is
-- held (storage.locks.RETRAINING, whose halves pg_locks has apart). Always one row. No parameters.
SELECT newest.asked_at, newest.asked_by, newest.why, newest.begun_at, newest.withdrawn_at,
    EXISTS (
        SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
        WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
            AND (l.classid::bigint << 32) + l.objid::bigint = 7454433085722722306
    ) AS is_running
FROM (SELECT) AS always
LEFT JOIN (SELECT * FROM retraining_requests ORDER BY request_id DESC LIMIT 1) AS newest ON true;

-- name: model_days
-- Which model scored how many posts, repeats among them, by the viewer's day. Parameters: since, origin (a midnight).
SELECT b.at, r.key AS series, r.posts
FROM time_buckets(%(since)s, 'infinity', 86400, %(origin)s) b
CROSS JOIN LATERAL rolled_keys(ARRAY['model'], b.bucket_since, b.bucket_until) r
WHERE r.posts > 0
ORDER BY b.at, r.key
LIMIT 500;

-- name: label_days
-- How many labels that stand people gave, by task and the viewer's day. Parameters: since, origin (a midnight).
SELECT date_bin(interval '1 day', labelled_at, %(origin)s::timestamptz) AS at, task AS series, count(*)::int AS posts
FROM labels
WHERE labelled_at >= %(since)s AND undone_at IS NULL
GROUP BY 1, 2
ORDER BY 1, 2
LIMIT 500;
