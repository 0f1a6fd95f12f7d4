-- name: take
-- A row when it is ours now. Parameters: host, holder, now, next_at, busy_until.
INSERT INTO hosts (host, next_at, holder, busy_until)
VALUES (%(host)s, %(next_at)s, %(holder)s, %(busy_until)s)
ON CONFLICT (host) DO UPDATE SET
    next_at = excluded.next_at, holder = excluded.holder, busy_until = excluded.busy_until
WHERE hosts.next_at <= %(now)s AND hosts.busy_until <= %(now)s
RETURNING host;

-- name: free_at
-- Parameters: host.
SELECT greatest(next_at, busy_until) AS free_at FROM hosts WHERE host = %(host)s;

-- name: free
-- Parameters: host, holder, now.
UPDATE hosts SET busy_until = %(now)s WHERE host = %(host)s AND holder = %(holder)s;
