-- name: next_due
-- Locked until the transaction ends; other senders pass it over. Parameters: now.
SELECT * FROM notifications
WHERE state = 'pending' AND due_at <= %(now)s
ORDER BY due_at, notification_id
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: settle
-- Parameters: notification_id, state, attempts, due_at, sent_at, last_error.
UPDATE notifications
SET state = %(state)s, attempts = %(attempts)s, due_at = %(due_at)s, sent_at = %(sent_at)s, last_error = %(last_error)s
WHERE notification_id = %(notification_id)s;
