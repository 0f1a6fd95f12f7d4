-- name: cursor
-- Parameters: source.
SELECT source, etag, last_modified, position, not_before, due_at FROM cursors WHERE source = %(source)s;

-- name: seen
-- Parameters: source, post_ids (a list).
SELECT post_id FROM published WHERE source = %(source)s AND post_id = ANY(%(post_ids)s);

-- name: insert_run
INSERT INTO scrape_runs (source, started_at, finished_at, fetched, published, repeats, rejected, masked, error)
VALUES %s;

-- name: note_day
-- Before note_health, which moves last_news_at. Parameters: source, finished_at, failed (0 or 1), published.
INSERT INTO source_days AS d (source, day, runs, failed, news, published, longest_pause_s)
VALUES (%(source)s, (%(finished_at)s AT TIME ZONE 'UTC')::date, 1, %(failed)s, (%(published)s > 0)::int, %(published)s,
    CASE WHEN %(published)s > 0 THEN greatest(0, coalesce(extract(epoch FROM %(finished_at)s
        - (SELECT last_news_at FROM source_health WHERE source = %(source)s)), 0)) ELSE 0 END)
ON CONFLICT (source, day) DO UPDATE SET
    runs = d.runs + 1,
    failed = d.failed + excluded.failed,
    news = d.news + excluded.news,
    published = d.published + excluded.published,
    longest_pause_s = greatest(d.longest_pause_s, excluded.longest_pause_s);

-- name: note_health
-- Parameters: source, finished_at, failed (0 or 1), published, error.
INSERT INTO source_health AS h (source, first_run_at, last_success_at, last_news_at, last_error_at, last_error)
VALUES (%(source)s, %(finished_at)s,
    CASE WHEN %(failed)s = 0 THEN %(finished_at)s END,
    CASE WHEN %(published)s > 0 THEN %(finished_at)s END,
    CASE WHEN %(failed)s = 1 THEN %(finished_at)s END,
    %(error)s)
ON CONFLICT (source) DO UPDATE SET
    last_success_at = greatest(h.last_success_at, excluded.last_success_at),
    last_news_at = greatest(h.last_news_at, excluded.last_news_at),
    last_error_at = greatest(h.last_error_at, excluded.last_error_at),
    last_error = CASE WHEN %(failed)s = 1 THEN excluded.last_error ELSE h.last_error END;

-- name: heard
-- Every source on the list, with its habits of the last days. Parameters: since (a date).
SELECT s.source, s.every_s, s.needs_key, s.added_at, h.first_run_at, h.last_success_at, h.last_news_at, h.last_error_at,
    coalesce(h.last_error, '') AS last_error, coalesce(d.news, 0)::int AS news, coalesce(d.pauses_s, '{}') AS pauses_s
FROM sources s
LEFT JOIN source_health h USING (source)
LEFT JOIN LATERAL (
    SELECT sum(news) AS news,
        array_agg(longest_pause_s ORDER BY longest_pause_s DESC) FILTER (WHERE longest_pause_s > 0) AS pauses_s
    FROM source_days WHERE source_days.source = s.source AND day >= %(since)s
) AS d ON true
ORDER BY s.source;

-- name: save_cursor
INSERT INTO cursors (source, etag, last_modified, position, not_before, due_at)
VALUES %s
ON CONFLICT (source) DO UPDATE SET
    etag = excluded.etag,
    last_modified = excluded.last_modified,
    position = excluded.position,
    not_before = excluded.not_before,
    due_at = excluded.due_at;

-- name: tell
INSERT INTO sources (source, kind, channel, every_s, needs_key, added_at, told_at)
VALUES %s
ON CONFLICT (source) DO UPDATE SET
    kind = excluded.kind,
    channel = excluded.channel,
    every_s = excluded.every_s,
    needs_key = excluded.needs_key,
    told_at = excluded.told_at;

-- name: forget
-- Parameters: sources (a list).
DELETE FROM sources WHERE source <> ALL(%(sources)s);

-- name: insert_published
INSERT INTO published (source, post_id)
VALUES %s
ON CONFLICT DO NOTHING;
