-- name: hold
-- The post that a label belongs to, a repost's being its first; held, so that two labels of one person come one after the
-- other. No row where there is no such post. Parameters: post_id.
SELECT post_id FROM posts
WHERE post_id = (
    SELECT coalesce(f.post_id, p.post_id) FROM posts p LEFT JOIN posts f ON f.post_id = p.duplicate_of
    WHERE p.post_id = %(post_id)s
)
FOR NO KEY UPDATE;

-- name: earlier
-- What a person has said of it: the label that stands, and one of this very moment. Parameters: post_id, task, by, at.
SELECT label_id, value, labelled_at, undone_at, model_version FROM labels
WHERE post_id = %(post_id)s AND task = %(task)s AND labelled_by = %(by)s
    AND (undone_at IS NULL OR labelled_at = %(at)s)
ORDER BY label_id;

-- name: add
-- Parameters: post_id, task, value (a list), by, at, said (a list), model_version, undone_at, undone_by.
INSERT INTO labels (post_id, task, value, labelled_by, labelled_at, said, model_version, undone_at, undone_by)
VALUES (%(post_id)s, %(task)s, %(value)s, %(by)s, %(at)s, %(said)s, %(model_version)s, %(undone_at)s, %(undone_by)s)
RETURNING label_id;

-- name: undo
-- Parameters: label_id, by, at.
UPDATE labels SET undone_at = %(at)s, undone_by = %(by)s WHERE label_id = %(label_id)s AND undone_at IS NULL
RETURNING label_id;

-- name: answered
-- The person who was asked has answered. Parameters: post_id, task, by.
DELETE FROM label_turns WHERE post_id = %(post_id)s AND task = %(task)s AND asked = %(by)s;

-- name: of_post
-- Those that were undone too, the first first. Parameters: post_id.
SELECT l.label_id, l.post_id, l.task, l.value, l.labelled_by, l.labelled_at, l.said, l.model_version, l.undone_at,
    l.undone_by
FROM labels l
WHERE l.post_id = (
    SELECT coalesce(f.post_id, p.post_id) FROM posts p LEFT JOIN posts f ON f.post_id = p.duplicate_of
    WHERE p.post_id = %(post_id)s
)
ORDER BY l.label_id
LIMIT 500;

-- name: standing
-- Every label of every post and task that got one since a moment. Parameters: since.
SELECT l.label_id, l.post_id, l.task, l.value, l.labelled_by, l.labelled_at, l.said, l.model_version, l.undone_at,
    l.undone_by
FROM labels l
WHERE l.undone_at IS NULL AND (
    %(since)s::timestamptz IS NULL OR (l.post_id, l.task) IN (
        SELECT post_id, task FROM labels WHERE undone_at IS NULL AND labelled_at >= %(since)s
    ))
ORDER BY l.labelled_at, l.label_id;

-- name: texts
-- Parameters: post_ids (a list).
SELECT post_id, text, channel, source, language, published_at, fingerprint FROM posts WHERE post_id = ANY(%(post_ids)s);

-- name: page
-- Labels that stand, in the order in which they came, from after one of them. Parameters: after, count.
SELECT l.label_id, l.post_id, l.task, l.value, l.labelled_by, l.labelled_at, l.said, l.model_version, l.undone_at,
    l.undone_by, p.text, p.channel, p.source, p.language, p.published_at, p.fingerprint
FROM (
    SELECT * FROM labels WHERE label_id > %(after)s AND undone_at IS NULL ORDER BY label_id LIMIT %(count)s
) AS l
JOIN posts p USING (post_id)
ORDER BY l.label_id;
