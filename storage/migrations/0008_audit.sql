-- Who did what: every write of a person, whichever way it came. Rows are added; nothing changes or removes one.
CREATE TABLE audit_log (
    audit_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL,
    by        text NOT NULL CHECK (by <> ''),                 -- as the sign-in, the token or the command line names her
    action    text NOT NULL CHECK (action ~ '^[a-z_]+\.[a-z_]+$'),  -- thing.what_was_done
    subject   text NOT NULL,                                  -- id of the thing
    detail    jsonb NOT NULL DEFAULT '{}'                     -- never a post's text: that has to be erasable
);
CREATE INDEX audit_log_by_time ON audit_log (at DESC, audit_id DESC);
CREATE INDEX audit_log_by_subject ON audit_log (subject, audit_id);
CREATE INDEX audit_log_by_person ON audit_log (by, audit_id);

CREATE FUNCTION audit_log_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_log is append-only: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_log_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_kept();

-- What people do to an incident has an author; what the watch does has none.
ALTER TABLE incident_history
    ADD COLUMN by text NOT NULL DEFAULT '',
    DROP CONSTRAINT incident_history_what_check,
    ADD CONSTRAINT incident_history_what_check CHECK (
        what IN ('pending', 'opened', 'grew', 'joined', 'acknowledged', 'silenced', 'commented', 'resolved'));

-- The newest messages, however many were sent before.
CREATE INDEX notifications_by_time ON notifications ((coalesce(sent_at, due_at)) DESC);
