-- What people decide. Each statement changes a row only while it still waits for that decision, and answers with the
-- row's id when it did: of two people who decide at once, one gets an empty answer.

-- name: acknowledge
-- A step of the surge detector holds the row; this waits for it, and is not written over. `updated_at` stays: it says
-- when the surge was last seen, and a surge ends by it. Parameters: incident_id, by, now.
WITH seen AS (
    UPDATE incidents SET state = 'acknowledged' WHERE incident_id = %(incident_id)s AND state = 'firing'
    RETURNING incident_id, severity, observed
), told AS (
    INSERT INTO incident_history (incident_id, at, what, severity, observed, by)
    SELECT incident_id, %(now)s, 'acknowledged', severity, observed, %(by)s FROM seen
)
SELECT incident_id FROM seen;

-- name: comment
-- Parameters: incident_id, by, now, note.
INSERT INTO incident_history (incident_id, at, what, severity, observed, note, by)
SELECT incident_id, %(now)s, 'commented', severity, observed, %(note)s, %(by)s FROM incidents
WHERE incident_id = %(incident_id)s
RETURNING incident_id;

-- name: silenced
-- Parameters: incident_id, by, now, note.
INSERT INTO incident_history (incident_id, at, what, severity, observed, note, by)
SELECT incident_id, %(now)s, 'silenced', severity, observed, %(note)s, %(by)s FROM incidents
WHERE incident_id = %(incident_id)s AND state <> 'resolved'
RETURNING incident_id;

-- name: resolve
-- A step of the surge detector holds the row; this waits for it. The next step tells its end to whoever was told its
-- beginning. Parameters: incident_id, by, now, note.
WITH ended AS (
    UPDATE incidents SET state = 'resolved', resolved_at = %(now)s
    WHERE incident_id = %(incident_id)s AND state IN ('firing', 'acknowledged')
    RETURNING incident_id, severity, observed
), told AS (
    INSERT INTO incident_history (incident_id, at, what, severity, observed, note, by)
    SELECT incident_id, %(now)s, 'resolved', severity, observed, %(note)s, %(by)s FROM ended
)
SELECT incident_id FROM ended;
