-- name: unfinished
-- Parameters: since, channels (a list).
SELECT * FROM rescorings WHERE since = %(since)s AND channels = %(channels)s AND finished_at IS NULL
ORDER BY rescoring_id DESC LIMIT 1;

-- name: begin
-- Parameters: since, until, channels (a list), by, now, wanted, skipped.
INSERT INTO rescorings (since, until, channels, asked_by, asked_at, wanted, skipped)
VALUES (%(since)s, %(until)s, %(channels)s, %(by)s, %(now)s, %(wanted)s, %(skipped)s)
RETURNING *;

-- name: get
-- Parameters: rescoring_id.
SELECT * FROM rescorings WHERE rescoring_id = %(rescoring_id)s;

-- name: count
-- Parameters: since, until, channels (a list; all, when it is empty), version.
SELECT count(*) FILTER (WHERE s.model_version <> %(version)s)::int AS wanted, count(*)::int AS posts
FROM posts p LEFT JOIN scores s USING (post_id)
WHERE p.published_at >= %(since)s AND p.published_at < %(until)s
    AND (cardinality(%(channels)s::text[]) = 0 OR p.channel = ANY(%(channels)s));

-- name: waiting
-- Parameters: as in count, and after_at, after_id, most.
SELECT p.published_at, p.post_id, coalesce(f.post_id, p.post_id) AS original
FROM posts p JOIN scores s USING (post_id) LEFT JOIN posts f ON f.post_id = p.duplicate_of
WHERE p.published_at >= %(since)s AND p.published_at < %(until)s
    AND (cardinality(%(channels)s::text[]) = 0 OR p.channel = ANY(%(channels)s))
    AND s.model_version <> %(version)s AND (p.published_at, p.post_id) > (%(after_at)s, %(after_id)s)
ORDER BY p.published_at, p.post_id
LIMIT %(most)s;

-- name: share_lock
-- Pruning takes whole minutes of rollups away, and waits for whoever changes some. Parameters: lock.
SELECT pg_advisory_xact_lock_shared(%(lock)s);

-- name: hold
-- Posts and what repeats them, in the order of ids, as everywhere. Nobody removes them until the transaction ends; their
-- scores are read after it, since whoever held them before may have changed those. Parameters: post_ids (a list).
SELECT post_id FROM posts WHERE post_id = ANY(%(post_ids)s) OR duplicate_of = ANY(%(post_ids)s)
ORDER BY post_id
FOR NO KEY UPDATE;

-- name: replace_scores
UPDATE scores AS s SET
    model_version = v.model_version, topic = v.topic, topic_p = v.topic_p, sentiment = v.sentiment,
    p_negative = v.p_negative, p_neutral = v.p_neutral, p_positive = v.p_positive, emotions = v.emotions::jsonb,
    family = v.family, intent = v.intent, intent_p = v.intent_p
FROM (VALUES %s) AS v(post_id, model_version, topic, topic_p, sentiment, p_negative, p_neutral, p_positive, emotions,
    family, intent, intent_p)
WHERE s.post_id = v.post_id;

-- name: count_up
-- Parameters: rescoring_id, rescored, topic, sentiment, emotion, intent.
UPDATE rescorings SET rescored = rescored + %(rescored)s, topic = topic + %(topic)s,
    sentiment = sentiment + %(sentiment)s, emotion = emotion + %(emotion)s, intent = intent + %(intent)s
WHERE rescoring_id = %(rescoring_id)s;

-- name: finish
-- Parameters: rescoring_id, now.
UPDATE rescorings SET finished_at = %(now)s WHERE rescoring_id = %(rescoring_id)s RETURNING *;
