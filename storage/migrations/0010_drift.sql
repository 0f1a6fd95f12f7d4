-- What is kept of one day's posts of one channel (core.sketches.Sketch): a few kilobytes, whatever the day held.
CREATE TABLE drift_sketches (
    day            date NOT NULL,          -- of publication, in UTC
    channel        text NOT NULL,
    model_version  text NOT NULL,          -- whose labels are counted
    posts          integer NOT NULL,
    words          bytea NOT NULL,
    features       bytea NOT NULL,
    labels         jsonb NOT NULL,
    sureness       jsonb NOT NULL,
    named          jsonb NOT NULL,
    PRIMARY KEY (channel, day)
);

-- What a channel is compared with as long as one model is champion, and its lines.
CREATE TABLE drift_references (
    channel        text PRIMARY KEY,
    model_version  text NOT NULL,
    written_first  date,
    written_last   date,
    judged_first   date,
    judged_last    date,
    lines          jsonb NOT NULL,         -- by statistic
    posts          double precision NOT NULL,
    CHECK ((written_first IS NULL) = (written_last IS NULL)),
    CHECK ((judged_first IS NULL) = (judged_last IS NULL))
);

-- What each day's look found.
CREATE TABLE drift_findings (
    day            date NOT NULL,          -- the last one of the window
    channel        text NOT NULL,
    statistic      text NOT NULL,
    model_version  text NOT NULL,
    value          double precision NOT NULL,
    line           double precision NOT NULL,
    since          date,                   -- null where it does not drift
    calm_days      integer NOT NULL,
    note           text NOT NULL,
    PRIMARY KEY (channel, day, statistic)
);

-- Periods that are judged again, and how far that has come. The counts change in the transactions that change the scores.
CREATE TABLE rescorings (
    rescoring_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    since          timestamptz NOT NULL,
    until          timestamptz NOT NULL,
    channels       text[] NOT NULL,        -- all of them, when empty
    asked_by       text NOT NULL,
    asked_at       timestamptz NOT NULL,
    wanted         integer NOT NULL,       -- posts that another model had judged when it began
    skipped        integer NOT NULL,       -- posts of the period that needed nothing
    rescored       integer NOT NULL DEFAULT 0,
    topic          integer NOT NULL DEFAULT 0,  -- of the rescored ones: another topic than before; and so on
    sentiment      integer NOT NULL DEFAULT 0,
    emotion        integer NOT NULL DEFAULT 0,
    intent         integer NOT NULL DEFAULT 0,
    finished_at    timestamptz
);
