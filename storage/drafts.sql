-- name: requested
-- Locked until the transaction ends; other writers pass them over. Parameters: limit.
SELECT d.request, d.priority, d.requested_at, p.*, s.model_version, s.topic, s.topic_p, s.sentiment, s.p_negative,
    s.p_neutral, s.p_positive, s.emotions, s.family, s.intent, s.intent_p
FROM drafts d
JOIN posts p USING (post_id)
LEFT JOIN scores s USING (post_id)
WHERE d.state = 'requested'
ORDER BY d.priority DESC, d.requested_at, d.post_id
LIMIT %(limit)s
FOR UPDATE OF d SKIP LOCKED;

-- name: save
-- Parameters: post_id, state, text, writer, reason, ready_at.
UPDATE drafts
SET state = %(state)s, text = %(text)s, writer = %(writer)s, reason = %(reason)s, ready_at = %(ready_at)s
WHERE post_id = %(post_id)s;
