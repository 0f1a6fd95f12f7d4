-- What nobody will ask for again. Each statement answers with how many rows it removed; those that take a part at a
-- time are run until they remove none, so that no transaction is long.

-- name: alone
-- Nobody judges posts again meanwhile, and so moves rollups that are taken away. Parameters: lock.
SELECT pg_advisory_xact_lock(%(lock)s);

-- name: posts
-- Whole minutes only, with their rollups: those count just the posts that are there. A minute goes when the newest post
-- in it was stored before the time; what was replayed yesterday stays, however old it says it is. Parameters: before.
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
    DELETE FROM rollups USING old WHERE rollups.minute = old.minute
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
