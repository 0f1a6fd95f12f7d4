-- What the dashboard reads. A query starts at its "-- name:" line and ends before the next one or at the file's end;
-- `Database.read(name, **params)` runs it, with parameters written as %(this)s. Every query is bounded: it reads
-- rollups, or posts by an index, and ends in a LIMIT where its rows grow with the data.

-- name: pulse
-- What came since a moment, beside the day before it. Parameters: since.
SELECT
    coalesce(sum(posts) FILTER (WHERE minute >= %(since)s), 0)::int AS posts,
    coalesce(sum(negative) FILTER (WHERE minute >= %(since)s), 0)::int AS negative,
    coalesce(sum(negative + neutral + positive) FILTER (WHERE minute >= %(since)s), 0)::int AS judged,
    coalesce(sum(posts) FILTER (WHERE minute < %(since)s), 0)::int AS past_posts,
    coalesce(sum(negative) FILTER (WHERE minute < %(since)s), 0)::int AS past_negative,
    coalesce(sum(negative + neutral + positive) FILTER (WHERE minute < %(since)s), 0)::int AS past_judged,
    min(minute) AS first_minute
FROM rollups
WHERE dimension = 'total' AND key = '' AND minute >= %(since)s - interval '24 h';

-- name: newest_post
SELECT published_at, fetched_at, stored_at FROM posts ORDER BY published_at DESC LIMIT 1;

-- name: volume
-- Posts by time and sentiment. Parameters: since, bucket_s (a whole number of minutes, in seconds).
SELECT
    date_bin(make_interval(secs => %(bucket_s)s), minute, timestamptz 'epoch') AS at,
    sum(posts)::int AS posts,
    sum(negative)::int AS negative,
    sum(neutral)::int AS neutral,
    sum(positive)::int AS positive
FROM rollups
WHERE dimension = 'total' AND key = '' AND minute >= %(since)s
GROUP BY 1 ORDER BY 1;

-- name: feeling
-- The keys of one dimension, those with most feeling first. Parameters: dimension, since, count.
SELECT key, posts, negative, neutral, positive
FROM rolled_keys(ARRAY[%(dimension)s], %(since)s, 'infinity')
WHERE negative + neutral + positive > 0
ORDER BY negative + positive DESC, posts DESC, key
LIMIT %(count)s;

-- name: incidents
-- Open incidents, then those resolved lately; the worst first. Not those that only wait: they may come to nothing.
-- Parameters: since, count.
SELECT
    i.incident_id, i.dimension, i.key, i.state, i.opened_at, i.updated_at, i.resolved_at, i.severity, i.observed,
    i.expected, i.p_value, i.authors, i.summary, i.cause, i.kind, i.members, i.window_min, i.labels,
    n.state AS webhook_state, n.sent_at AS webhook_sent_at, n.attempts AS webhook_attempts, n.last_error AS webhook_error,
    (SELECT h.by FROM incident_history h WHERE h.incident_id = i.incident_id AND h.what = 'acknowledged'
        ORDER BY h.history_id DESC LIMIT 1) AS acknowledged_by
FROM incidents i
LEFT JOIN LATERAL (
    -- the first message about it; of several receivers, the one that is worst off
    SELECT state, sent_at, attempts, last_error FROM notifications
    WHERE incident_ids @> ARRAY[i.incident_id] AND event = 'firing'
    ORDER BY state = 'sent', state = 'pending', number
    LIMIT 1
) AS n ON true
WHERE i.state IN ('firing', 'acknowledged') OR i.resolved_at >= %(since)s
ORDER BY i.state = 'resolved', i.state = 'acknowledged', i.severity DESC, i.opened_at DESC
LIMIT %(count)s;

-- name: incident
-- Parameters: incident_id.
SELECT
    i.incident_id, i.dimension, i.key, i.state, i.opened_at, i.updated_at, i.resolved_at, i.severity, i.observed,
    i.expected, i.p_value, i.authors, i.summary, i.cause, i.kind, i.members, i.window_min, i.labels,
    n.state AS webhook_state, n.sent_at AS webhook_sent_at, n.attempts AS webhook_attempts, n.last_error AS webhook_error,
    (SELECT h.by FROM incident_history h WHERE h.incident_id = i.incident_id AND h.what = 'acknowledged'
        ORDER BY h.history_id DESC LIMIT 1) AS acknowledged_by
FROM incidents i
LEFT JOIN LATERAL (
    -- the first message about it; of several receivers, the one that is worst off
    SELECT state, sent_at, attempts, last_error FROM notifications
    WHERE incident_ids @> ARRAY[i.incident_id] AND event = 'firing'
    ORDER BY state = 'sent', state = 'pending', number
    LIMIT 1
) AS n ON true
WHERE i.incident_id = %(incident_id)s;

-- name: incident_series
-- One series by minute. Parameters: dimension, key, since, until.
SELECT minute AS at, sum(posts)::int AS posts, sum(negative)::int AS negative, sum(neutral)::int AS neutral,
    sum(positive)::int AS positive
FROM rollups
WHERE dimension = %(dimension)s AND key = %(key)s AND minute BETWEEN %(since)s AND %(until)s
GROUP BY minute ORDER BY minute;

-- name: incident_history
-- What happened to it, the first first. Parameters: incident_id.
SELECT at, what, severity, observed, note, by FROM incident_history WHERE incident_id = %(incident_id)s
ORDER BY history_id LIMIT 200;

-- name: incident_notifications
-- Parameters: incident_id.
SELECT notification_id, receiver, event, state, attempts, due_at, sent_at, last_error
FROM notifications WHERE incident_ids @> ARRAY[%(incident_id)s] ORDER BY number;

-- name: unsent_notifications
-- What waits, and what was given up in the last days.
SELECT notification_id, receiver, event, state, attempts, due_at, last_error
FROM notifications
WHERE state = 'pending' OR (state = 'dead' AND given_up_at > now() - interval '7 days')
ORDER BY number DESC
LIMIT 50;

-- name: posts_by_id
-- Parameters: post_ids (a list).
SELECT p.post_id, p.published_at, p.source, p.channel, p.text, p.entities, s.topic, s.sentiment,
    s.p_negative, s.p_neutral, s.p_positive, s.family, s.intent
FROM posts p LEFT JOIN scores s USING (post_id)
WHERE p.post_id = ANY(%(post_ids)s)
ORDER BY p.published_at DESC;

-- name: notable_posts
-- The newest original posts with a clear feeling, with how often each was repeated, and by how many.
-- Parameters: since, sentiment ('negative', 'positive' or 'any'), least_p, count.
WITH repeats AS (
    SELECT duplicate_of, count(*)::int AS repeats, count(DISTINCT coalesce(author_key, source))::int AS voices
    FROM posts WHERE published_at >= %(since)s AND duplicate_of IS NOT NULL
    GROUP BY duplicate_of
)
SELECT p.post_id, p.published_at, p.source, p.channel, p.text, p.entities, s.topic, s.sentiment,
    s.p_negative, s.p_neutral, s.p_positive, s.family, s.intent, coalesce(r.repeats, 0) AS repeats,
    coalesce(r.voices, 0) AS voices
FROM posts p
JOIN scores s USING (post_id)
LEFT JOIN repeats r ON r.duplicate_of = p.post_id
WHERE p.published_at >= %(since)s AND p.duplicate_of IS NULL
    AND ((%(sentiment)s IN ('negative', 'any') AND s.p_negative >= %(least_p)s)
        OR (%(sentiment)s IN ('positive', 'any') AND s.p_positive >= %(least_p)s))
ORDER BY p.published_at DESC
LIMIT %(count)s;

-- name: draft_counts
-- Waiting ones, all of them; decided ones since a moment. Parameters: since.
SELECT state, count(*)::int AS drafts
FROM drafts
WHERE state IN ('requested', 'ready', 'abstained')
GROUP BY state
UNION ALL
SELECT state, count(*)::int AS drafts
FROM drafts
WHERE decided_at >= %(since)s
GROUP BY state;

-- name: drafts_waiting
-- What a person has to decide: drafts that are ready, and messages for which the writer abstained, the most urgent first,
-- each with who has it in review now. Parameters: count.
WITH waiting AS (
    SELECT post_id, state, request, priority, requested_at, ready_at, text AS draft, edited_text, writer, reason, plan,
        entry, playbook, refused, draft_rank(priority, requested_at, now()) AS rank,
        CASE WHEN claimed_until > now() THEN claimed_by END AS claimed_by,
        CASE WHEN claimed_until > now() THEN claim_key END AS claim_key, claimed_until
    FROM drafts WHERE state IN ('ready', 'abstained')
    ORDER BY rank DESC, requested_at, post_id LIMIT %(count)s
)
SELECT waiting.*, p.text, p.source, p.channel, p.published_at, p.entities,
    s.topic, s.sentiment, s.p_negative, s.p_neutral, s.p_positive, s.family, s.intent
FROM waiting
JOIN posts p USING (post_id)
LEFT JOIN scores s USING (post_id)
ORDER BY rank DESC, requested_at, post_id;

-- name: draft
-- One draft whole, wherever it stands. Parameters: post_id.
SELECT d.post_id, d.state, d.request, d.priority, d.requested_at, d.ready_at, d.text AS draft, d.edited_text, d.writer,
    d.reason, d.plan, d.entry, d.playbook, d.refused, d.decided_at, d.decided_by, d.final_text, d.note, d.edit_distance,
    d.handed_over_at, draft_rank(d.priority, d.requested_at, now()) AS rank, d.claimed_by, d.claim_key, d.claimed_until,
    p.text, p.source, p.channel, p.url, p.published_at, p.entities, s.topic, s.sentiment, s.p_negative, s.p_neutral,
    s.p_positive, s.family, s.intent, h.state AS handover_state, h.attempts AS handover_attempts,
    h.last_error AS handover_error
FROM drafts d
JOIN posts p USING (post_id)
LEFT JOIN scores s USING (post_id)
LEFT JOIN handovers h USING (post_id)
WHERE d.post_id = %(post_id)s;

-- name: draft_history
-- Parameters: post_id, count.
SELECT at, by, what, text, reason FROM draft_history WHERE post_id = %(post_id)s ORDER BY history_id LIMIT %(count)s;

-- name: drafts_decided
-- The newest verdicts, with how far each approved reply got. Parameters: since, count.
WITH newest AS (
    SELECT post_id, state, decided_at, decided_by, final_text, text AS draft, reason, note, handed_over_at
    FROM drafts WHERE decided_at >= %(since)s
    ORDER BY decided_at DESC LIMIT %(count)s
)
SELECT newest.*, p.text, p.entities, h.state AS handover_state, h.last_error AS handover_error
FROM newest
JOIN posts p USING (post_id)
LEFT JOIN handovers h USING (post_id)
ORDER BY decided_at DESC;

-- name: reply_figures
-- How drafts fared that were decided since a moment, the newest 3,000 of them: all together, by writer, by intent, and by
-- both. `by` says which; accepted is approved or edited; the edit distance is a mean over those that had a draft; minutes
-- are from the draft to the verdict, the middle one. OFFSET 0, so that the intent of each is looked up, and not all scores
-- are read. Parameters: since, count.
WITH lately AS MATERIALIZED (
    SELECT post_id, writer, state, edit_distance, decided_at, ready_at FROM drafts
    WHERE decided_at >= %(since)s ORDER BY decided_at DESC LIMIT 3000
)
SELECT
    CASE GROUPING(d.writer, s.intent) WHEN 3 THEN 'all' WHEN 1 THEN 'writer' WHEN 2 THEN 'intent' ELSE 'both' END AS by,
    d.writer, s.intent,
    count(*)::int AS decided,
    (count(*) FILTER (WHERE d.state = 'approved'))::int AS approved,
    (count(*) FILTER (WHERE d.state = 'edited'))::int AS edited,
    (count(*) FILTER (WHERE d.state = 'rejected'))::int AS rejected,
    (count(*) FILTER (WHERE d.state IN ('approved', 'edited')))::float8 / count(*) AS accepted,
    avg(d.edit_distance)::float8 AS edit_distance,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM d.decided_at - d.ready_at) / 60)::float8 AS minutes
FROM lately d
LEFT JOIN LATERAL (SELECT intent FROM scores WHERE scores.post_id = d.post_id OFFSET 0) AS s ON true
GROUP BY GROUPING SETS ((), (d.writer), (s.intent), (d.writer, s.intent))
HAVING count(*) > 0
ORDER BY GROUPING(d.writer, s.intent) DESC, decided DESC, d.writer, s.intent
LIMIT %(count)s;

-- name: notifications
-- The newest messages to the webhook's receiver. Parameters: since, count.
SELECT n.notification_id, n.incident_id, n.event, n.state, n.attempts, n.due_at, n.sent_at, n.last_error,
    i.dimension, i.key, i.severity
FROM notifications n JOIN incidents i USING (incident_id)
WHERE n.state = 'pending' OR coalesce(n.sent_at, n.due_at) >= %(since)s
ORDER BY coalesce(n.sent_at, n.due_at) DESC
LIMIT %(count)s;

-- name: sources
-- Health of every source that is on the list, or was scraped since a moment: what its runs came to since then, errors by
-- their kind, and its habits of two weeks. Parameters: since.
WITH runs AS (
    SELECT source, count(*)::int AS runs, count(error)::int AS failed, sum(fetched)::int AS fetched,
        sum(published)::int AS published, sum(repeats)::int AS repeats, sum(rejected)::int AS rejected,
        sum(masked)::int AS masked, max(finished_at) AS last_run,
        max(finished_at) FILTER (WHERE error IS NULL) AS last_success,
        max(finished_at) FILTER (WHERE published > 0) AS last_news,
        (array_agg(error ORDER BY finished_at DESC))[1] AS last_error,
        coalesce(sum(published) FILTER (WHERE finished_at > now() - interval '1 hour'), 0)::int AS last_hour
    FROM scrape_runs WHERE finished_at >= %(since)s
    GROUP BY source
),
kinds AS (
    SELECT source, jsonb_object_agg(kind, errors) AS errors
    FROM (
        SELECT source, split_part(error, ':', 1) AS kind, count(*)::int AS errors
        FROM scrape_runs WHERE finished_at >= %(since)s AND error IS NOT NULL
        GROUP BY 1, 2
    ) AS counted
    GROUP BY source
),
days AS (
    SELECT source, sum(news)::int AS news, sum(published)::int AS published_days,
        coalesce(array_agg(longest_pause_s ORDER BY longest_pause_s DESC) FILTER (WHERE longest_pause_s > 0), '{}')
            AS pauses_s
    FROM source_days WHERE day >= (now() AT TIME ZONE 'UTC')::date - 14
    GROUP BY source
)
SELECT source, coalesce(r.runs, 0) AS runs, coalesce(r.failed, 0) AS failed, coalesce(r.fetched, 0) AS fetched,
    coalesce(r.published, 0) AS published, coalesce(r.repeats, 0) AS repeats, coalesce(r.rejected, 0) AS rejected,
    coalesce(r.masked, 0) AS masked, r.last_run, r.last_success, r.last_news, r.last_error,
    coalesce(r.last_hour, 0) AS last_hour, coalesce(k.errors, '{}') AS errors, c.not_before, s.kind, s.every_s, s.needs_key,
    s.added_at, h.first_run_at, h.last_success_at, h.last_news_at, h.last_error_at, h.last_error AS newest_error,
    coalesce(d.news, 0) AS news, coalesce(d.pauses_s, '{}') AS pauses_s,
    -- over the hours that it was read
    (d.published_days / greatest(1, least(336, extract(epoch FROM now() - h.first_run_at) / 3600)))::float8 AS usual_hour
FROM runs r
FULL JOIN sources s USING (source)
LEFT JOIN kinds k USING (source)
LEFT JOIN source_health h USING (source)
LEFT JOIN days d USING (source)
LEFT JOIN cursors c USING (source)
ORDER BY source
LIMIT 500;

-- name: drift
-- Every statistic of every channel as it was last found, with what it was in the weeks before. No parameters.
SELECT r.channel, r.model_version, r.written_first, r.written_last, r.judged_first, r.judged_last, f.statistic, f.day,
    f.value, f.line, f.since, f.note, coalesce(h.history, '[]') AS history,
    (SELECT count(*) FROM drift_sketches s WHERE s.channel = r.channel) AS days
FROM drift_references r
LEFT JOIN drift_findings f ON f.channel = r.channel AND f.model_version = r.model_version
    AND f.day = (SELECT max(day) FROM drift_findings d WHERE d.channel = r.channel)
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('day', day, 'value', value, 'line', line) ORDER BY day) AS history
    FROM drift_findings d
    WHERE d.channel = f.channel AND d.statistic = f.statistic AND d.model_version = f.model_version
        AND d.day > f.day - 60
) AS h ON true
ORDER BY r.channel, f.since NULLS LAST, f.statistic
LIMIT 200;
