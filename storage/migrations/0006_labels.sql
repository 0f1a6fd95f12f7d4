-- What people say a post is. One label a person, post and task stands; what is undone or replaced is kept beside it.
-- A repost's label is its first post's. Labels go with their post, by retention and by erasure.
CREATE TABLE labels (
    label_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    post_id        text NOT NULL REFERENCES posts ON DELETE CASCADE,
    task           text NOT NULL CHECK (task IN ('topic', 'sentiment', 'emotion', 'intent')),
    value          text[] NOT NULL CHECK (cardinality(value) > 0),
    labelled_by    text NOT NULL,
    labelled_at    timestamptz NOT NULL,
    said           text[] NOT NULL DEFAULT '{}',  -- by the model, before; empty where it said nothing
    model_version  text NOT NULL DEFAULT '',
    undone_at      timestamptz,
    undone_by      text,
    CHECK ((undone_at IS NULL) = (undone_by IS NULL))
);
CREATE UNIQUE INDEX labels_one_a_person ON labels (post_id, task, labelled_by) WHERE undone_at IS NULL;
-- A label that is imported once more is found again.
CREATE UNIQUE INDEX labels_once ON labels (post_id, task, labelled_by, labelled_at);
CREATE INDEX labels_by_time ON labels (labelled_at) WHERE undone_at IS NULL;

-- What somebody was asked and has not answered yet, so that nobody else is asked the same; or has passed over for good.
CREATE TABLE label_turns (
    post_id     text NOT NULL REFERENCES posts ON DELETE CASCADE,
    task        text NOT NULL CHECK (task IN ('topic', 'sentiment', 'emotion', 'intent')),
    asked       text NOT NULL,             -- who
    until       timestamptz NOT NULL,
    passed_over boolean NOT NULL DEFAULT false,
    PRIMARY KEY (post_id, task, asked)
);
CREATE INDEX label_turns_by_person ON label_turns (asked) WHERE NOT passed_over;
