-- The life of a draft: what it was to say, who has it in review, what was decided, and its way to the helpdesk.

ALTER TABLE drafts
    DROP CONSTRAINT drafts_state_check,
    ADD CONSTRAINT drafts_state_check CHECK (
        state IN ('requested', 'ready', 'abstained', 'repeated', 'approved', 'edited', 'rejected')),
    ADD COLUMN plan            jsonb,                         -- core.plans.Plan; null where no entry fits
    ADD COLUMN entry           text NOT NULL DEFAULT '',      -- of the playbook
    ADD COLUMN playbook        text NOT NULL DEFAULT '',      -- its version
    ADD COLUMN refused         jsonb NOT NULL DEFAULT '[]',   -- core.replies.Refused: texts that the guard refused
    ADD COLUMN author_key      text,                          -- of the post, for whoever asks what an author got before
    ADD COLUMN claimed_by      text,                          -- a name
    ADD COLUMN claim_key       text,                          -- tells apart two people of one name
    ADD COLUMN claimed_until   timestamptz,
    ADD COLUMN edited_text     text,                          -- saved, and not yet approved
    ADD COLUMN note            text NOT NULL DEFAULT '',      -- beside the reason of a rejection
    ADD COLUMN edit_distance   real,                          -- words changed, 0 to 1; null without a draft
    ADD COLUMN handed_over_at  timestamptz;

-- What is approved with other words than were drafted was edited.
UPDATE drafts SET state = 'edited' WHERE state = 'approved' AND final_text IS DISTINCT FROM text;
UPDATE drafts SET author_key = posts.author_key FROM posts WHERE posts.post_id = drafts.post_id;

DROP INDEX drafts_requested, drafts_ready;
-- Every state that waits for a writer or for a person: the queue is read from here, however many were decided.
CREATE INDEX drafts_open ON drafts (state, priority DESC, requested_at) WHERE state IN ('requested', 'ready', 'abstained');
CREATE INDEX drafts_decided ON drafts (decided_at DESC) WHERE decided_at IS NOT NULL;
CREATE INDEX drafts_by_author ON drafts (author_key, ready_at DESC) WHERE state IN ('ready', 'approved', 'edited');

-- Whatever was done to a draft, and by whom; nothing here is ever changed.
CREATE TABLE draft_history (
    history_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    post_id     text NOT NULL REFERENCES drafts ON DELETE CASCADE,
    at          timestamptz NOT NULL,
    by          text NOT NULL,
    what        text NOT NULL CHECK (
        what IN ('claimed', 'released', 'edited', 'approved', 'rejected', 'handed over', 'given up')),
    text        text,                                         -- of an edit or an approval
    reason      text
);
CREATE INDEX draft_history_by_draft ON draft_history (post_id, history_id);

-- Approved replies on their way to the helpdesk; written in the approval's transaction. The id is the idempotency key.
CREATE TABLE handovers (
    notification_id  text PRIMARY KEY,
    post_id          text NOT NULL UNIQUE REFERENCES drafts ON DELETE CASCADE,
    event            text NOT NULL,
    receiver         text NOT NULL,
    payload          jsonb NOT NULL,
    state            text NOT NULL CHECK (state IN ('pending', 'sent', 'dead')),
    attempts         integer NOT NULL DEFAULT 0,
    queued_at        timestamptz NOT NULL,
    due_at           timestamptz NOT NULL,
    sent_at          timestamptz,
    given_up_at      timestamptz,
    last_error       text
);
CREATE INDEX handovers_due ON handovers (due_at) WHERE state = 'pending';

-- Who may use the HTTP API; a token itself is nowhere.
CREATE TABLE api_tokens (
    token_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL,
    hash        text NOT NULL UNIQUE,                         -- SHA-256 of 32 random bytes, in hex
    rights      text[] NOT NULL,
    created_at  timestamptz NOT NULL,
    used_at     timestamptz,
    revoked_at  timestamptz
);
CREATE UNIQUE INDEX api_tokens_one_of_a_name ON api_tokens (name) WHERE revoked_at IS NULL;

-- The order of both queues, as core.replies.rank: danger first, and who waits moves up.
CREATE FUNCTION draft_rank(priority real, requested_at timestamptz, moment timestamptz) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN priority >= 1 THEN 1.0 ELSE least(0.99, priority::double precision
        + least(0.4, greatest(0, 0.02 * extract(epoch FROM moment - requested_at)::double precision / 3600))) END
$$;
