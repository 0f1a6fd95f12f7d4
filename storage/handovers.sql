-- name: next_due
-- Locked until the transaction ends; other senders pass it over. Parameters: now.
SELECT notification_id, event, receiver, payload, state, attempts, queued_at, due_at, sent_at, given_up_at, last_error
FROM handovers
WHERE state = 'pending' AND due_at <= %(now)s
ORDER BY due_at, notification_id
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: settle
-- What was delivered is handed over, in the same statement, and stands in the draft's history.
-- Parameters: notification_id, state, attempts, due_at, sent_at, given_up_at, last_error.
WITH settled AS (
    UPDATE handovers
    SET state = %(state)s, attempts = %(attempts)s, due_at = %(due_at)s, sent_at = %(sent_at)s,
        given_up_at = %(given_up_at)s, last_error = %(last_error)s
    WHERE notification_id = %(notification_id)s
    RETURNING post_id, state, sent_at, receiver, last_error
), handed AS (
    UPDATE drafts SET handed_over_at = settled.sent_at
    FROM settled WHERE drafts.post_id = settled.post_id AND settled.state = 'sent'
)
INSERT INTO draft_history (post_id, at, by, what, reason)
SELECT post_id, coalesce(sent_at, now()), receiver, CASE state WHEN 'sent' THEN 'handed over' ELSE 'given up' END, last_error
FROM settled WHERE state <> 'pending';
