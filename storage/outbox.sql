-- name: next_due
-- Locked until the transaction ends; other senders pass it over. That an incident is over is not told before that it
-- began: while the firing notification backs off, or is in another sender's hands, the resolved one waits.
-- Parameters: now.
SELECT * FROM notifications AS n
WHERE state = 'pending' AND due_at <= %(now)s
  AND (event = 'firing' OR NOT EXISTS (
      SELECT FROM notifications AS earlier
      WHERE earlier.incident_id = n.incident_id AND earlier.event = 'firing' AND earlier.state = 'pending'))
ORDER BY due_at, notification_id
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: settle
-- Parameters: notification_id, state, attempts, due_at, sent_at, last_error.
UPDATE notifications
SET state = %(state)s, attempts = %(attempts)s, due_at = %(due_at)s, sent_at = %(sent_at)s, last_error = %(last_error)s
WHERE notification_id = %(notification_id)s;
