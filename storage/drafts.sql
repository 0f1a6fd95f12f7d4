-- name: requested
-- Locked until the transaction ends; other writers pass them over. Parameters: limit.
SELECT d.request, d.priority, d.requested_at, p.*
FROM drafts d JOIN scored_posts p USING (post_id)
WHERE d.state = 'requested'
ORDER BY draft_rank(d.priority, d.requested_at, now()) DESC, d.requested_at, d.post_id
LIMIT %(limit)s
FOR UPDATE OF d SKIP LOCKED;

-- name: drafted
-- Parameters: author_keys (a list), since.
SELECT author_key, post_id, entry, coalesce(final_text, text) AS text, ready_at
FROM drafts
WHERE author_key = ANY(%(author_keys)s) AND ready_at >= %(since)s AND state IN ('ready', 'approved', 'edited')
ORDER BY ready_at DESC, post_id;

-- name: save
-- Parameters: post_id, state, text, writer, reason, ready_at, plan, entry, playbook, refused, least_priority.
UPDATE drafts
SET priority = greatest(priority, %(least_priority)s), state = %(state)s, text = %(text)s, writer = %(writer)s, reason = %(reason)s, ready_at = %(ready_at)s,
    plan = %(plan)s, entry = %(entry)s, playbook = %(playbook)s, refused = %(refused)s,
    author_key = (SELECT author_key FROM posts WHERE posts.post_id = drafts.post_id)
WHERE post_id = %(post_id)s;
