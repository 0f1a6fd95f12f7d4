-- name: waiting
SELECT asked_at AS at, asked_by AS by, why FROM retraining_requests WHERE begun_at IS NULL AND withdrawn_at IS NULL;

-- name: ask
-- No row where one waits already. Parameters: at, by, why.
INSERT INTO retraining_requests (asked_at, asked_by, why) VALUES (%(at)s, %(by)s, %(why)s)
ON CONFLICT DO NOTHING
RETURNING request_id;

-- name: begin
-- Parameters: at.
UPDATE retraining_requests SET begun_at = %(at)s WHERE begun_at IS NULL AND withdrawn_at IS NULL;

-- name: withdraw
-- Parameters: at.
UPDATE retraining_requests SET withdrawn_at = %(at)s WHERE begun_at IS NULL AND withdrawn_at IS NULL
RETURNING request_id;
