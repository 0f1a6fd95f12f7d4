-- name: of_author
-- Parameters: author_keys (a list). Locked, so that nobody drafts a reply to what is being removed.
SELECT post_id FROM posts
WHERE author_key = ANY(%(author_keys)s)
ORDER BY post_id
FOR UPDATE;

-- name: old_of_channel
-- Parameters: channel, before, most.
SELECT post_id FROM posts
WHERE channel = %(channel)s AND published_at < %(before)s AND stored_at < %(before)s
ORDER BY published_at, post_id
LIMIT %(most)s
FOR UPDATE;

-- name: delete_posts
-- Parameters: post_ids (a list).
DELETE FROM posts WHERE post_id = ANY(%(post_ids)s);

-- name: record_erasure
INSERT INTO erasures (author_key, asked_by, at, posts, kafka_until)
VALUES %s
RETURNING erasure_id;

-- name: erasures
SELECT erasure_id, author_key, asked_by, at, posts, kafka_until FROM erasures ORDER BY erasure_id DESC LIMIT 500;

-- name: quoting
-- Incidents that quote one of the posts. Parameters: post_ids (a list).
SELECT incident_id, cause FROM incidents
WHERE cause -> 'post_ids' ?| %(post_ids)s OR cause -> 'first' ->> 'post_id' = ANY(%(post_ids)s)
ORDER BY incident_id
FOR UPDATE;

-- name: save_cause
-- Parameters: incident_id, cause.
UPDATE incidents SET cause = %(cause)s WHERE incident_id = %(incident_id)s;

-- name: messages
-- Parameters: incident_id.
SELECT notification_id, payload FROM notifications WHERE incident_ids @> ARRAY[%(incident_id)s] ORDER BY notification_id
FOR UPDATE;

-- name: save_payload
-- Parameters: notification_id, payload.
UPDATE notifications SET payload = %(payload)s WHERE notification_id = %(notification_id)s;

-- name: source_names
-- Names of all that posts or scrapers know.
SELECT source FROM sources UNION SELECT source FROM published UNION SELECT DISTINCT source FROM posts
ORDER BY source LIMIT 10000;
