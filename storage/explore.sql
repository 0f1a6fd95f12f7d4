-- What the pages Explore, Post and Model read, as queries.sql says. Rollups answer where they count what is asked; every
-- other cross reads posts, of which no more than `most` are looked at. An empty filter keeps everything.

-- name: explore_series
-- One series by time. Parameters: dimension, key, since, until, bucket_s, origin (where a bucket may begin).
SELECT date_bin(make_interval(secs => %(bucket_s)s), minute, %(origin)s::timestamptz) AS at, sum(posts)::int AS posts,
    sum(negative)::int AS negative, sum(neutral)::int AS neutral, sum(positive)::int AS positive
FROM rollups
WHERE dimension = %(dimension)s AND key = %(key)s AND minute >= %(since)s AND minute < %(until)s
GROUP BY 1 ORDER BY 1
LIMIT 2000;

-- name: explore_usual
-- What share of a series' posts is usually negative in so long a time, by the hour (UTC) in which it begins: the middle
-- 80 of 100 of the two weeks before. Hours of fewer than three days say nothing.
-- Parameters: dimension, key, since, bucket_s, origin.
WITH buckets AS (
    SELECT date_bin(make_interval(secs => %(bucket_s)s), minute, %(origin)s::timestamptz) AS at,
        sum(negative)::float8 AS negative, sum(negative + neutral + positive) AS judged
    FROM rollups
    WHERE dimension = %(dimension)s AND key = %(key)s
        AND minute >= %(since)s::timestamptz - interval '14 days' AND minute < %(since)s
    GROUP BY 1 HAVING sum(negative + neutral + positive) >= 5
)
SELECT extract(hour FROM at AT TIME ZONE 'UTC')::int AS hour,
    percentile_cont(0.1) WITHIN GROUP (ORDER BY negative / judged)::float8 AS low,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY negative / judged)::float8 AS high
FROM buckets
GROUP BY 1 HAVING count(DISTINCT (at AT TIME ZONE 'UTC')::date) >= 3
ORDER BY 1;

-- name: explore_times
-- The keys of one dimension by time, those with most posts. Of pairs, the side that is asked for, with the other one given.
-- Parameters: dimension, part (key, entity or topic), entity, topic, since, until, bucket_s, origin, count.
WITH cells AS (
    SELECT CASE %(part)s WHEN 'entity' THEN split_part(key, '/', 1)
            WHEN 'topic' THEN substr(key, strpos(key, '/') + 1) ELSE key END AS row,
        date_bin(make_interval(secs => %(bucket_s)s), minute, %(origin)s::timestamptz) AS at, sum(posts)::int AS posts,
        sum(negative)::int AS negative, sum(neutral)::int AS neutral, sum(positive)::int AS positive
    FROM rollups
    WHERE dimension = %(dimension)s AND minute >= %(since)s AND minute < %(until)s
        AND (%(entity)s = '' OR starts_with(key, %(entity)s || '/'))
        AND (%(topic)s = '' OR substr(key, strpos(key, '/') + 1) = %(topic)s)
    GROUP BY 1, 2
), rows AS (
    SELECT row FROM cells GROUP BY row HAVING sum(posts) > 0 ORDER BY sum(posts) DESC, row LIMIT %(count)s
)
SELECT row, NULL AS col, at, posts, negative, neutral, positive FROM cells JOIN rows USING (row) WHERE posts > 0
ORDER BY row, at;

-- name: explore_pairs
-- Entities by topic, those with most posts. Parameters: since, until, count.
WITH cells AS (
    SELECT split_part(key, '/', 1) AS row, substr(key, strpos(key, '/') + 1) AS col, sum(posts)::int AS posts,
        sum(negative)::int AS negative, sum(neutral)::int AS neutral, sum(positive)::int AS positive
    FROM rollups
    WHERE dimension = 'entity_topic' AND minute >= %(since)s AND minute < %(until)s
    GROUP BY 1, 2
), rows AS (
    SELECT row FROM cells GROUP BY row HAVING sum(posts) > 0 ORDER BY sum(posts) DESC, row LIMIT %(count)s
), cols AS (
    SELECT col FROM cells GROUP BY col HAVING sum(posts) > 0 ORDER BY sum(posts) DESC, col LIMIT %(count)s
)
SELECT row, col, NULL::timestamptz AS at, posts, negative, neutral, positive
FROM cells JOIN rows USING (row) JOIN cols USING (col) WHERE posts > 0
ORDER BY row, col;

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
-- How far back `most` posts reach, and whether that is all of the time; no row, no post.
-- Parameters: since, until, entity, topic, family, channel, source, most.
SELECT min(minute) FILTER (WHERE is_near) AS since, bool_and(is_near) AS is_whole
FROM explored_minutes(%(since)s, %(until)s, %(entity)s, %(topic)s, %(family)s, %(channel)s, %(source)s, %(most)s)
HAVING count(*) > 0;

-- name: explore_matches
-- How many posts have these words, counted up to one more than `most`. Parameters: since, until, words, most.
SELECT count(*)::int AS posts FROM (
    SELECT FROM posts
    WHERE words_of(language, text) @@ words_asked(%(words)s) AND published_at >= %(since)s AND published_at < %(until)s
    LIMIT %(most)s + 1
) AS found;

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
    SELECT dimension, key, sum(posts)::int AS posts, row_number() OVER (PARTITION BY dimension ORDER BY sum(posts) DESC, key)
    FROM rollups
    WHERE dimension IN ('entity', 'topic', 'family', 'channel', 'source') AND minute >= %(since)s AND minute < %(until)s
    GROUP BY dimension, key HAVING sum(posts) > 0
) AS keys
WHERE row_number <= %(count)s
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
SELECT date_bin(interval '1 day', minute, %(origin)s::timestamptz) AS at, key AS series, sum(posts)::int AS posts
FROM rollups
WHERE dimension = 'model' AND minute >= %(since)s
GROUP BY 1, 2 HAVING sum(posts) > 0
ORDER BY 1, 2
LIMIT 500;

-- name: label_days
-- How many labels that stand people gave, by task and the viewer's day. Parameters: since, origin (a midnight).
SELECT date_bin(interval '1 day', labelled_at, %(origin)s::timestamptz) AS at, task AS series, count(*)::int AS posts
FROM labels
WHERE labelled_at >= %(since)s AND undone_at IS NULL
GROUP BY 1, 2
ORDER BY 1, 2
LIMIT 500;
