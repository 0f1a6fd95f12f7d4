-- name: add
-- In the transaction of what it tells of. Parameters: at, by, action, subject, detail (JSON).
INSERT INTO audit_log (at, by, action, subject, detail)
VALUES (%(at)s, %(by)s, %(action)s, %(subject)s, %(detail)s);

-- name: read
-- The newest first. Parameters: by, action, subject, before (0 for the newest), count; an empty text is no wish.
SELECT audit_id, at, by, action, subject, detail FROM audit_log
WHERE (%(by)s = '' OR by = %(by)s)
    AND (%(action)s = '' OR action = %(action)s OR split_part(action, '.', 1) = %(action)s)
    AND (%(subject)s = '' OR subject = %(subject)s)
    AND (%(before)s = 0 OR audit_id < %(before)s)
ORDER BY audit_id DESC LIMIT %(count)s;
