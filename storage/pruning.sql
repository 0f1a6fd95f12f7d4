-- What nobody will ask for again. Each statement answers with how many rows it removed; those that take a part at a
-- time are run until they remove none, so that no transaction is long.

-- name: alone
-- Nobody judges posts again meanwhile, and so moves rollups that are taken away. Parameters: lock.
SELECT pg_advisory_xact_lock(%(lock)s);

-- name: posts
-- Whole minutes only, with their rollups: those count just the posts that are there. A minute goes when the newest post
-- in it was stored before the time; what was replayed yesterday stays, however old it says it is. Hours and days are made
-- less by it, each shard by what it counted, so that all of them end at nothing. Parameters: before.
WITH old AS (
    SELECT date_trunc('minute', published_at) AS minute
    FROM posts
    WHERE published_at < date_trunc('minute', %(before)s)
    GROUP BY 1
    HAVING max(stored_at) < %(before)s
    LIMIT 1000
), gone AS (
    DELETE FROM posts USING old
    WHERE posts.published_at >= old.minute AND posts.published_at < old.minute + interval '1 minute'
    RETURNING 1
), counts AS (
    DELETE FROM rollups USING old WHERE rollups.minute = old.minute RETURNING rollups.*
), hours AS (
    UPDATE rollup_hours r SET posts = r.posts - c.posts, negative = r.negative - c.negative,
        neutral = r.neutral - c.neutral, positive = r.positive - c.positive, duplicates = r.duplicates - c.duplicates,
        unjudged = r.unjudged - c.unjudged
    FROM (
        SELECT dimension, key, date_trunc('hour', minute, 'UTC') AS hour, shard, sum(posts) AS posts,
            sum(negative) AS negative, sum(neutral) AS neutral, sum(positive) AS positive, sum(duplicates) AS duplicates,
            sum(unjudged) AS unjudged
        FROM counts
        GROUP BY 1, 2, 3, 4
    ) AS c
    WHERE r.dimension = c.dimension AND r.key = c.key AND r.hour = c.hour AND r.shard = c.shard
), days AS (
    UPDATE rollup_days r SET posts = r.posts - c.posts, negative = r.negative - c.negative,
        neutral = r.neutral - c.neutral, positive = r.positive - c.positive, duplicates = r.duplicates - c.duplicates,
        unjudged = r.unjudged - c.unjudged
    FROM (
        SELECT dimension, key, date_trunc('day', minute, 'UTC') AS day, shard, sum(posts) AS posts,
            sum(negative) AS negative, sum(neutral) AS neutral, sum(positive) AS positive, sum(duplicates) AS duplicates,
            sum(unjudged) AS unjudged
        FROM counts
        GROUP BY 1, 2, 3, 4
    ) AS c
    WHERE r.dimension = c.dimension AND r.key = c.key AND r.day = c.day AND r.shard = c.shard
)
SELECT count(*) AS removed FROM gone;

-- name: empty_hours
-- A row that counts nothing says nothing, and one that somebody adds to meanwhile is no such row any more.
-- Parameters: before.
WITH gone AS (
    DELETE FROM rollup_hours
    WHERE hour < %(before)s AND (posts, negative, neutral, positive, duplicates, unjudged) = (0, 0, 0, 0, 0, 0)
    RETURNING 1
)
SELECT count(*) AS removed FROM gone;

-- name: empty_days
-- Parameters: before.
WITH gone AS (
    DELETE FROM rollup_days
    WHERE day < %(before)s AND (posts, negative, neutral, positive, duplicates, unjudged) = (0, 0, 0, 0, 0, 0)
    RETURNING 1
)
SELECT count(*) AS removed FROM gone;

-- name: incidents
-- With their notifications. Parameters: before.
WITH gone AS (DELETE FROM incidents WHERE resolved_at < %(before)s RETURNING 1)
SELECT count(*) AS removed FROM gone;

-- name: series_states
-- Of series that nothing was said about since. Parameters: before.
WITH gone AS (DELETE FROM series_states WHERE near_to < %(before)s RETURNING 1)
SELECT count(*) AS removed FROM gone;

-- name: published
-- A feed that still offers an item so old has it published once more. Parameters: before.
WITH gone AS (DELETE FROM published WHERE published_on < %(before)s RETURNING 1)
SELECT count(*) AS removed FROM gone;

-- name: scrape_runs
-- Parameters: before.
WITH gone AS (DELETE FROM scrape_runs WHERE finished_at < %(before)s RETURNING 1)
SELECT count(*) AS removed FROM gone;

-- name: drift_sketches
-- Parameters: before.
WITH gone AS (DELETE FROM drift_sketches WHERE day < (%(before)s AT TIME ZONE 'UTC')::date RETURNING 1)
SELECT count(*) AS removed FROM gone;

-- name: drift_findings
-- Parameters: before.
WITH gone AS (DELETE FROM drift_findings WHERE day < (%(before)s AT TIME ZONE 'UTC')::date RETURNING 1)
SELECT count(*) AS removed FROM gone;
