-- What people do with drafts. A statement that changes one runs in the transaction that holds its row by `standing`.

-- name: standing
-- Held until the transaction ends, so that of two people who ask at once the second sees what the first did.
-- Parameters: post_id.
SELECT d.post_id, d.state, d.claim_key, d.claimed_until, d.text, d.edited_text, d.request, d.priority, d.writer, d.entry,
    p.source, p.channel, p.url, p.language, p.entities, p.published_at, s.intent
FROM drafts d
JOIN posts p USING (post_id)
LEFT JOIN scores s USING (post_id)
WHERE d.post_id = %(post_id)s
FOR UPDATE OF d;

-- name: most_urgent
-- The first that nobody has; one that someone is claiming at this moment is passed over. Parameters: now.
SELECT post_id FROM drafts
WHERE state IN ('ready', 'abstained') AND (claimed_until IS NULL OR claimed_until <= %(now)s)
ORDER BY draft_rank(priority, requested_at, %(now)s) DESC, requested_at, post_id
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: claim
-- Parameters: post_id, by, key, until.
UPDATE drafts SET claimed_by = %(by)s, claim_key = %(key)s, claimed_until = %(until)s WHERE post_id = %(post_id)s;

-- name: release
-- Parameters: post_id.
UPDATE drafts SET claimed_by = NULL, claim_key = NULL, claimed_until = NULL WHERE post_id = %(post_id)s;

-- name: edit
-- Parameters: post_id, text.
UPDATE drafts SET edited_text = %(text)s WHERE post_id = %(post_id)s;

-- name: decide
-- The person's reason stands before the writer's.
-- Parameters: post_id, state, final_text, reason, note, edit_distance, by, now.
UPDATE drafts
SET state = %(state)s, final_text = %(final_text)s, edit_distance = %(edit_distance)s, note = %(note)s,
    reason = CASE WHEN %(reason)s = '' THEN reason ELSE concat_ws(' · ', %(reason)s, nullif(reason, '')) END,
    decided_by = %(by)s, decided_at = %(now)s, claimed_by = NULL, claim_key = NULL, claimed_until = NULL
WHERE post_id = %(post_id)s;

-- name: write_down
-- Parameters: post_id, now, by, what, text, reason.
INSERT INTO draft_history (post_id, at, by, what, text, reason)
VALUES (%(post_id)s, %(now)s, %(by)s, %(what)s, %(text)s, %(reason)s);

-- name: hand_over
-- Parameters: notification_id, post_id, event, receiver, payload, state, queued_at, due_at.
INSERT INTO handovers (notification_id, post_id, event, receiver, payload, state, queued_at, due_at)
VALUES (%(notification_id)s, %(post_id)s, %(event)s, %(receiver)s, %(payload)s, %(state)s, %(queued_at)s, %(due_at)s);
