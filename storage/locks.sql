-- name: try_session_lock
-- Parameters: lock. Held until the connection is closed.
SELECT pg_try_advisory_lock(%(lock)s) AS held;
