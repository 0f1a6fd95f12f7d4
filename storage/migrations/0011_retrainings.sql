-- Retrainings that a person asked for; whoever looks whether one is due begins it.
CREATE TABLE retraining_requests (
    request_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    asked_at      timestamptz NOT NULL,
    asked_by      text NOT NULL CHECK (asked_by <> ''),
    why           text NOT NULL CHECK (why <> ''),
    begun_at      timestamptz,
    withdrawn_at  timestamptz
);
-- At most one waits, whoever asks.
CREATE UNIQUE INDEX retraining_requests_one_waits ON retraining_requests ((true))
    WHERE begun_at IS NULL AND withdrawn_at IS NULL;
