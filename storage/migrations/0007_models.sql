-- Every model that was trained, whole: a row is written by one INSERT, so that nobody ever sees half of one.
CREATE TABLE models (
    version       text PRIMARY KEY,          -- what every score of it bears
    parent        text REFERENCES models,
    state         text NOT NULL CHECK (state IN ('candidate', 'shadow', 'champion', 'retired')),
    created_at    timestamptz NOT NULL,
    data_sha256   jsonb NOT NULL,            -- by file it was trained on
    code_version  text NOT NULL,
    metrics       jsonb NOT NULL,            -- figures with their intervals
    artefact      bytea NOT NULL,            -- a tar archive of its folder
    sha256        text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),  -- of the artefact
    size_bytes    integer NOT NULL CHECK (size_bytes > 0),
    card          text NOT NULL              -- Markdown
);
-- Weights do not get smaller by compression; without it, no time is lost on trying.
ALTER TABLE models ALTER COLUMN artefact SET STORAGE EXTERNAL;
-- At most one of each, whoever writes.
CREATE UNIQUE INDEX models_one_champion ON models (state) WHERE state = 'champion';
CREATE UNIQUE INDEX models_one_shadow ON models (state) WHERE state = 'shadow';

-- Who changed a model's state, when and why; nothing here is ever changed.
CREATE TABLE model_events (
    event_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version   text NOT NULL REFERENCES models,
    at        timestamptz NOT NULL,
    action    text NOT NULL CHECK (action IN ('added', 'moved', 'rolled back')),
    before    text,
    after     text NOT NULL,
    by_whom   text NOT NULL,
    why       text NOT NULL
);
CREATE INDEX model_events_by_version ON model_events (version, event_id);

-- Workers that would not take up a model; the row goes when the worker takes it up after all.
CREATE TABLE model_refusals (
    version  text NOT NULL REFERENCES models,
    worker   integer NOT NULL,
    why      text NOT NULL,
    since    timestamptz NOT NULL,
    at       timestamptz NOT NULL,
    PRIMARY KEY (version, worker)
);

-- What the shadow model said of a sample of the posts, beside what the champion of that moment had said.
CREATE TABLE shadow_scores (
    version      text NOT NULL REFERENCES models,
    post_id      text NOT NULL REFERENCES posts ON DELETE CASCADE,
    scored_at    timestamptz NOT NULL,
    against      text NOT NULL,             -- the version that scored the post
    differs      text[] NOT NULL,           -- heads that disagree: topic, sentiment, emotion, intent
    topic        text NOT NULL,
    topic_p      real NOT NULL,
    sentiment    text NOT NULL,
    p_negative   real NOT NULL,
    p_neutral    real NOT NULL,
    p_positive   real NOT NULL,
    emotions     jsonb NOT NULL,
    family       text NOT NULL,
    intent       text NOT NULL,
    intent_p     real NOT NULL,
    PRIMARY KEY (version, post_id)
);
CREATE INDEX shadow_scores_by_post ON shadow_scores (post_id);
CREATE INDEX shadow_scores_by_time ON shadow_scores (version, scored_at DESC);
