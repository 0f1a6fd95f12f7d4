ALTER TABLE incidents
    ADD COLUMN kind    text NOT NULL DEFAULT 'NegativeSurge',
    ADD COLUMN members jsonb NOT NULL DEFAULT '[]';  -- pairs of dimension and key: what surges besides

-- Who was told what: one row a receiver and set of incidents that belong together, until all of them are over and told.
CREATE TABLE alert_groups (
    group_id   text PRIMARY KEY,
    receiver   text NOT NULL,
    path       text NOT NULL,
    labels     jsonb NOT NULL,
    opened_at  timestamptz NOT NULL,
    flush_at   timestamptz NOT NULL,
    sent_at    timestamptz,
    sequence   integer NOT NULL DEFAULT 0,
    told       jsonb NOT NULL DEFAULT '{}'  -- by incident whose end is not told yet, the labels it was told with
);

CREATE TABLE silences (
    silence_id  text PRIMARY KEY,
    matchers    jsonb NOT NULL,
    owner       text NOT NULL,
    comment     text NOT NULL,
    starts_at   timestamptz NOT NULL,
    ends_at     timestamptz NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    CHECK (ends_at >= starts_at)
);
CREATE INDEX silences_by_end ON silences (ends_at);

-- A message is about a group, may come again (a reminder), and goes to a receiver of its own.
ALTER TABLE notifications
    DROP CONSTRAINT notifications_incident_id_event_key,
    ADD COLUMN receiver text NOT NULL DEFAULT 'groundswell',
    ADD COLUMN group_id text NOT NULL DEFAULT '',
    ADD COLUMN incident_ids text[] NOT NULL DEFAULT '{}',
    ADD COLUMN queued_at timestamptz,
    ADD COLUMN given_up_at timestamptz,
    ADD COLUMN number bigint;

-- What was queued before: firing before resolved, and each incident a group of its own.
UPDATE notifications SET group_id = 'earlier-' || incident_id, incident_ids = ARRAY[incident_id], number = ordered.number
FROM (SELECT notification_id AS id, row_number() OVER (ORDER BY event, notification_id) AS number FROM notifications) AS ordered
WHERE notification_id = ordered.id;
ALTER TABLE notifications ALTER COLUMN number SET NOT NULL, ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY;
SELECT setval(pg_get_serial_sequence('notifications', 'number'), coalesce(max(number), 0) + 1, false) FROM notifications;
-- Whoever was told the beginning by the earlier version is told the end, and not the beginning again.
INSERT INTO alert_groups (group_id, receiver, path, labels, opened_at, flush_at, sequence, told)
SELECT 'earlier-' || incident_id, 'groundswell', '', jsonb_build_object('incident', incident_id), i.opened_at, i.opened_at, 1,
    jsonb_build_object(incident_id, jsonb_build_object('alertname', 'NegativeSurge', 'incident', incident_id, dimension, key))
FROM incidents AS i JOIN notifications USING (incident_id)
WHERE i.state <> 'resolved' AND event = 'firing';

DROP INDEX notifications_due;
CREATE INDEX notifications_due ON notifications (receiver, due_at) WHERE state = 'pending';
CREATE INDEX notifications_in_order ON notifications (group_id, number) WHERE state = 'pending';
CREATE INDEX notifications_by_incident ON notifications USING gin (incident_ids);
CREATE INDEX notifications_given_up ON notifications (receiver, given_up_at) WHERE state = 'dead';
CREATE INDEX notifications_taken ON notifications (receiver, sent_at) WHERE state = 'sent';
