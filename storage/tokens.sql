-- name: add
-- Empty when a token of this name is in use. Parameters: name, hash, rights (a list), now.
INSERT INTO api_tokens (name, hash, rights, created_at) VALUES (%(name)s, %(hash)s, %(rights)s, %(now)s)
ON CONFLICT (name) WHERE revoked_at IS NULL DO NOTHING
RETURNING token_id;

-- name: listed
SELECT token_id, name, rights, created_at, used_at, revoked_at FROM api_tokens ORDER BY token_id LIMIT 1000;

-- name: revoke
-- Parameters: name, now.
UPDATE api_tokens SET revoked_at = %(now)s WHERE name = %(name)s AND revoked_at IS NULL RETURNING token_id;

-- name: holder
-- Parameters: hash.
SELECT token_id, name, rights, created_at, used_at, revoked_at FROM api_tokens WHERE hash = %(hash)s AND revoked_at IS NULL;

-- name: used
-- Parameters: token_id, now.
UPDATE api_tokens SET used_at = %(now)s WHERE token_id = %(token_id)s;
