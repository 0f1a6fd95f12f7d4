-- name: one_at_a_time
-- Two people who ask at once are not asked the same; until the transaction ends. Parameters: lock.
SELECT pg_advisory_xact_lock(%(lock)s);

-- name: let_go
-- What a person was asked before, and did not answer. Parameters: by.
DELETE FROM label_turns WHERE asked = %(by)s AND NOT passed_over;

-- name: opinions
-- Posts and tasks that one or two people labelled since a moment, not this one, with what they said; the newest first.
-- Parameters: since, by, now, tasks (a list), count.
SELECT l.post_id, l.task, array_agg(l.label_id ORDER BY l.labelled_at, l.label_id) AS label_ids,
    count(DISTINCT l.value)::int AS different
FROM labels l
JOIN (
    SELECT DISTINCT post_id, task FROM (
        SELECT post_id, task FROM labels
        WHERE undone_at IS NULL AND labelled_at >= %(since)s AND labelled_at <= %(now)s AND task = ANY(%(tasks)s)
        ORDER BY labelled_at DESC
        LIMIT %(count)s
    ) AS newest
) AS lately USING (post_id, task)
WHERE l.undone_at IS NULL
GROUP BY l.post_id, l.task
HAVING count(*) <= 2 AND NOT bool_or(l.labelled_by = %(by)s) AND NOT EXISTS (
    SELECT FROM label_turns t
    WHERE t.post_id = l.post_id AND t.task = l.task
        AND (t.asked = %(by)s AND t.passed_over OR t.asked <> %(by)s AND NOT t.passed_over AND t.until > %(now)s)
)
ORDER BY max(l.labelled_at) DESC, l.post_id, l.task
LIMIT %(count)s;

-- name: misread
-- Messages whose draft a reviewer rejected for this reason. Parameters: since, reason.
SELECT post_id FROM (
    SELECT post_id, state, reason FROM drafts WHERE decided_at >= %(since)s ORDER BY decided_at DESC LIMIT 1000
) AS newest
WHERE state = 'rejected' AND (reason = %(reason)s OR starts_with(reason, %(reason)s || ' · '))
LIMIT 200;

-- name: counts
-- How often each choice was made, of the newest labels. Parameters: count.
SELECT task, chosen, count(*)::int AS labels
FROM (SELECT task, value FROM labels WHERE undone_at IS NULL ORDER BY labelled_at DESC LIMIT %(count)s) AS newest
CROSS JOIN LATERAL unnest(value) AS chosen
GROUP BY task, chosen;

-- name: pool
-- Posts that may be asked about: the newest, some of every slot of the last days, so that a busy hour does not fill the
-- pool, and those that are named. Each with what is closed to this person.
-- Parameters: since, now, edge (where the newest slot ends), slot (an interval), slots, newest, read, a_slot,
-- named (a list), by.
WITH pool AS (
    (
        SELECT post_id FROM posts WHERE published_at > %(since)s AND published_at <= %(now)s
        ORDER BY published_at DESC LIMIT %(newest)s
    )
    UNION
    SELECT taken.post_id
    FROM generate_series(0, %(slots)s - 1) AS n
    CROSS JOIN LATERAL (
        SELECT post_id FROM (
            SELECT post_id, duplicate_of, unjudged FROM posts
            WHERE published_at <= %(edge)s - n * %(slot)s::interval
                AND published_at > %(edge)s - (n + 1) * %(slot)s::interval
            ORDER BY published_at DESC LIMIT %(read)s
        ) AS read
        WHERE duplicate_of IS NULL AND unjudged IS NULL
        LIMIT %(a_slot)s
    ) AS taken
    UNION
    SELECT unnest(%(named)s::text[])
)
SELECT one.*,
    ARRAY(SELECT DISTINCT l.task FROM labels l WHERE l.post_id = one.post_id AND l.undone_at IS NULL) AS labelled,
    ARRAY(
        SELECT t.task FROM label_turns t
        WHERE t.post_id = one.post_id
            AND (t.asked = %(by)s AND t.passed_over OR t.asked <> %(by)s AND NOT t.passed_over AND t.until > %(now)s)
    ) AS taken
FROM pool
CROSS JOIN LATERAL (
    SELECT * FROM scored_posts p
    WHERE p.post_id = pool.post_id AND p.duplicate_of IS NULL AND p.model_version IS NOT NULL
    LIMIT 1  -- looked up one by one: the planner thinks of a pool of this size that it is best to read every post
) AS one;

-- name: take
INSERT INTO label_turns (post_id, task, asked, until)
VALUES %s
ON CONFLICT (post_id, task, asked) DO UPDATE SET until = excluded.until;

-- name: pass_over
-- Parameters: post_id, task, by, at.
INSERT INTO label_turns (post_id, task, asked, until, passed_over)
SELECT post_id, %(task)s, %(by)s, %(at)s, true FROM posts WHERE post_id = %(post_id)s
ON CONFLICT (post_id, task, asked) DO UPDATE SET passed_over = true;
