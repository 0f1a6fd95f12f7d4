-- name: next_due
-- Locked until the transaction ends; other senders pass it over. Messages of one group leave in their order: that an
-- incident is over is not told before that it began. While the earlier one backs off, or is in another sender's hands,
-- the later one waits. Parameters: now, receiver.
SELECT * FROM notifications AS n
WHERE state = 'pending' AND receiver = %(receiver)s AND due_at <= %(now)s
  AND NOT EXISTS (
      SELECT FROM notifications AS earlier
      WHERE earlier.group_id = n.group_id AND n.group_id <> '' AND earlier.number < n.number AND earlier.state = 'pending')
ORDER BY due_at, number
LIMIT 1
FOR UPDATE SKIP LOCKED;

-- name: settle
-- Parameters: notification_id, state, attempts, due_at, sent_at, given_up_at, last_error.
UPDATE notifications
SET state = %(state)s, attempts = %(attempts)s, due_at = %(due_at)s, sent_at = %(sent_at)s,
    given_up_at = %(given_up_at)s, last_error = %(last_error)s
WHERE notification_id = %(notification_id)s;

-- name: queue
INSERT INTO notifications (notification_id, incident_id, event, payload, state, attempts, due_at, sent_at, last_error,
    receiver, group_id, incident_ids, queued_at, given_up_at)
VALUES %s
ON CONFLICT DO NOTHING;

-- name: abandon
-- What waits for receivers that nobody serves any more. Parameters: served (a list), before, now.
UPDATE notifications SET state = 'dead', given_up_at = %(now)s, last_error = 'no receiver of this name is configured'
WHERE state = 'pending' AND receiver <> ALL(%(served)s) AND coalesce(queued_at, due_at) < %(before)s
RETURNING notification_id;
