-- name: cursor
-- Parameters: source.
SELECT source, etag, last_modified, position, not_before, due_at FROM cursors WHERE source = %(source)s;

-- name: seen
-- Parameters: source, post_ids (a list).
SELECT post_id FROM published WHERE source = %(source)s AND post_id = ANY(%(post_ids)s);

-- name: insert_run
INSERT INTO scrape_runs (source, started_at, finished_at, fetched, published, repeats, rejected, masked, error)
VALUES %s;

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
INSERT INTO sources (source, kind, channel, every_s, needs_key, told_at)
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
