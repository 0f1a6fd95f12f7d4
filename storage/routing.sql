-- name: groups
SELECT * FROM alert_groups ORDER BY opened_at, group_id;

-- name: told_of
-- Incidents that are open, and those that some group owes its end.
SELECT * FROM incidents
WHERE state <> 'resolved' OR incident_id IN (SELECT jsonb_object_keys(told) FROM alert_groups)
ORDER BY opened_at, incident_id;

-- name: troubles
-- Receivers whose messages were given up since they last took one.
SELECT n.receiver, count(*)::int AS given_up, min(n.given_up_at) AS since,
    (array_agg(n.last_error ORDER BY n.given_up_at DESC, n.number DESC))[1] AS last_error
FROM notifications AS n
WHERE n.state = 'dead' AND n.given_up_at > coalesce(
    (SELECT max(taken.sent_at) FROM notifications AS taken WHERE taken.receiver = n.receiver AND taken.state = 'sent'),
    '-infinity')
GROUP BY n.receiver
ORDER BY n.receiver;

-- name: save_groups
INSERT INTO alert_groups (group_id, receiver, path, labels, opened_at, flush_at, sent_at, sequence, told)
VALUES %s
ON CONFLICT (group_id) DO UPDATE SET
    flush_at = excluded.flush_at,
    sent_at = excluded.sent_at,
    sequence = excluded.sequence,
    told = excluded.told;

-- name: remove_groups
-- Parameters: gone (a list).
DELETE FROM alert_groups WHERE group_id = ANY(%(gone)s);

-- name: silences
-- Those that are not over. Parameters: now.
SELECT silence_id, matchers, owner, comment, starts_at, ends_at FROM silences
WHERE ends_at > %(now)s
ORDER BY ends_at, silence_id;

-- name: add_silence
-- Parameters: silence_id, matchers, owner, comment, starts_at, ends_at.
INSERT INTO silences (silence_id, matchers, owner, comment, starts_at, ends_at)
VALUES (%(silence_id)s, %(matchers)s, %(owner)s, %(comment)s, %(starts_at)s, %(ends_at)s);

-- name: end_silence
-- Kept, since somebody may ask who was silent about what. Parameters: silence_id, now.
UPDATE silences SET ends_at = greatest(%(now)s, starts_at) WHERE silence_id = %(silence_id)s AND ends_at > %(now)s
RETURNING silence_id, owner;
