-- What long times are read from: rollups of hours and of days (UTC). Each row is the sum of the minutes of its own shard,
-- written in the transaction that writes those, so a sum over any time may take days where it holds whole ones, hours
-- where it holds whole ones, and minutes for the rest.

-- Whoever adds to a minute meanwhile would have it counted in neither of the two.
LOCK TABLE rollups IN SHARE MODE;

CREATE TABLE rollup_hours (
    hour        timestamptz NOT NULL,
    dimension   text NOT NULL,
    key         text NOT NULL,
    shard       integer NOT NULL,
    posts       integer NOT NULL,
    negative    integer NOT NULL,
    neutral     integer NOT NULL,
    positive    integer NOT NULL,
    duplicates  integer NOT NULL,
    unjudged    integer NOT NULL
);
CREATE TABLE rollup_days (LIKE rollup_hours INCLUDING ALL);
ALTER TABLE rollup_days RENAME hour TO day;

INSERT INTO rollup_hours (hour, dimension, key, shard, posts, negative, neutral, positive, duplicates, unjudged)
SELECT date_trunc('hour', minute, 'UTC'), dimension, key, shard, sum(posts), sum(negative), sum(neutral), sum(positive),
    sum(duplicates), sum(unjudged)
FROM rollups
GROUP BY 1, 2, 3, 4;
INSERT INTO rollup_days (day, dimension, key, shard, posts, negative, neutral, positive, duplicates, unjudged)
SELECT date_trunc('day', hour, 'UTC'), dimension, key, shard, sum(posts), sum(negative), sum(neutral), sum(positive),
    sum(duplicates), sum(unjudged)
FROM rollup_hours
GROUP BY 1, 2, 3, 4;

-- One thing by time, and all things of a dimension in some time. The second is an expression, so that a question about one
-- thing is never answered from it: of a time that is newer than the table's statistics the planner thinks that it is empty,
-- and would read all things of it. No index has a count in it: a row that grows with every batch stays where it is in each.
ALTER TABLE rollup_hours ADD PRIMARY KEY (dimension, key, hour, shard);
ALTER TABLE rollup_days ADD PRIMARY KEY (dimension, key, day, shard);
CREATE INDEX rollup_hours_by_time ON rollup_hours ((dimension || ''), hour);
CREATE INDEX rollup_days_by_time ON rollup_days ((dimension || ''), day);

-- Where the whole hours of a time begin and end, and the whole days among them; where it holds none, both are one moment.
-- OFFSET 0, so that each is computed once.
CREATE FUNCTION rollup_grains(since timestamptz, until timestamptz)
RETURNS TABLE (hours_since timestamptz, days_since timestamptz, days_until timestamptz, hours_until timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT h.hours_since, d.days_since, greatest(date_bin('1 day', h.hours_until, 'epoch'), d.days_since), h.hours_until
    FROM (SELECT least(date_bin('1 hour', since + interval '59 min 59.999999 s', 'epoch'), until) AS since OFFSET 0) AS b
    CROSS JOIN LATERAL (
        SELECT b.since AS hours_since, greatest(date_bin('1 hour', until, 'epoch'), b.since) AS hours_until OFFSET 0
    ) AS h
    CROSS JOIN LATERAL (
        SELECT least(date_bin('1 day', h.hours_since + interval '23 h 59 min 59.999999 s', 'epoch'), h.hours_until)
            AS days_since OFFSET 0
    ) AS d
    OFFSET 0
$$;

-- What one thing comes to in some time; nulls where nothing was counted.
CREATE FUNCTION rolled(of_dimension text, of_key text, since timestamptz, until timestamptz)
RETURNS TABLE (posts integer, negative integer, neutral integer, positive integer)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT sum(r.posts)::int, sum(r.negative)::int, sum(r.neutral)::int, sum(r.positive)::int
    FROM rollup_grains(since, until) g CROSS JOIN LATERAL (
        SELECT d.posts, d.negative, d.neutral, d.positive FROM rollup_days d
        WHERE d.dimension = of_dimension AND d.key = of_key AND d.day >= g.days_since AND d.day < g.days_until
        UNION ALL
        SELECT h.posts, h.negative, h.neutral, h.positive FROM rollup_hours h
        WHERE h.dimension = of_dimension AND h.key = of_key AND h.hour >= g.hours_since AND h.hour < g.days_since
        UNION ALL
        SELECT h.posts, h.negative, h.neutral, h.positive FROM rollup_hours h
        WHERE h.dimension = of_dimension AND h.key = of_key AND h.hour >= g.days_until AND h.hour < g.hours_until
        UNION ALL
        SELECT m.posts, m.negative, m.neutral, m.positive FROM rollups m
        WHERE m.dimension = of_dimension AND m.key = of_key AND m.minute >= since AND m.minute < g.hours_since
        UNION ALL
        SELECT m.posts, m.negative, m.neutral, m.positive FROM rollups m
        WHERE m.dimension = of_dimension AND m.key = of_key AND m.minute >= g.hours_until AND m.minute < until
    ) AS r
$$;

-- What all things of some dimensions come to in some time.
CREATE FUNCTION rolled_keys(of_dimensions text[], since timestamptz, until timestamptz)
RETURNS TABLE (dimension text, key text, posts integer, negative integer, neutral integer, positive integer)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT r.dimension, r.key, sum(r.posts)::int, sum(r.negative)::int, sum(r.neutral)::int, sum(r.positive)::int
    FROM rollup_grains(since, until) g CROSS JOIN LATERAL (
        SELECT d.dimension, d.key, d.posts, d.negative, d.neutral, d.positive FROM rollup_days d
        WHERE d.dimension || '' = ANY(of_dimensions) AND d.day >= g.days_since AND d.day < g.days_until
        UNION ALL
        SELECT h.dimension, h.key, h.posts, h.negative, h.neutral, h.positive FROM rollup_hours h
        WHERE h.dimension || '' = ANY(of_dimensions) AND h.hour >= g.hours_since AND h.hour < g.days_since
        UNION ALL
        SELECT h.dimension, h.key, h.posts, h.negative, h.neutral, h.positive FROM rollup_hours h
        WHERE h.dimension || '' = ANY(of_dimensions) AND h.hour >= g.days_until AND h.hour < g.hours_until
        UNION ALL
        SELECT m.dimension, m.key, m.posts, m.negative, m.neutral, m.positive FROM rollups m
        WHERE m.dimension = ANY(of_dimensions) AND m.minute >= since AND m.minute < g.hours_since
        UNION ALL
        SELECT m.dimension, m.key, m.posts, m.negative, m.neutral, m.positive FROM rollups m
        WHERE m.dimension = ANY(of_dimensions) AND m.minute >= g.hours_until AND m.minute < until
    ) AS r
    GROUP BY r.dimension, r.key
$$;

-- The buckets of some time, each no longer than the time is; none where nothing can have been counted.
CREATE FUNCTION time_buckets(since timestamptz, until timestamptz, bucket_s integer, origin timestamptz)
RETURNS TABLE (at timestamptz, bucket_since timestamptz, bucket_until timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT b.at, greatest(b.at, since), least(b.at + make_interval(secs => bucket_s), until)
    FROM generate_series(
        date_bin(make_interval(secs => bucket_s), greatest(since, (
            SELECT min(minute) FROM rollups WHERE dimension = 'total' AND key = ''
        )), origin),
        (
            SELECT CASE WHEN max(minute) IS NOT NULL THEN least(until - interval '1 microsecond', max(minute)) END
            FROM rollups WHERE dimension = 'total' AND key = ''
        ),
        make_interval(secs => bucket_s)
    ) AS b(at)
$$;

-- The minutes that may hold posts of all these kinds, as in 0009, but found from the rarest of them on: its minutes, those
-- of them that hold the others too, and what each holds of all kinds. OFFSET 0 keeps the planner from reading a series whole
-- to look for a minute in it.
CREATE OR REPLACE FUNCTION explored_minutes(
    since timestamptz, until timestamptz, in_entity text, in_topic text, in_family text, in_channel text, in_source text,
    most integer
) RETURNS TABLE (minute timestamptz, is_near boolean)
LANGUAGE sql STABLE AS $$
    WITH wanted AS MATERIALIZED (
        SELECT filters.dimension, filters.key,
            row_number() OVER (ORDER BY coalesce(r.posts, 0), filters.dimension) AS place
        FROM (VALUES
            (CASE WHEN in_entity <> '' AND in_topic <> '' THEN 'entity_topic' END, in_entity || '/' || in_topic),
            (CASE WHEN in_entity <> '' AND in_topic = '' THEN 'entity' END, in_entity),
            (CASE WHEN in_entity = '' AND in_topic <> '' THEN 'topic' END, in_topic),
            (CASE WHEN in_family <> '' THEN 'family' END, in_family),
            (CASE WHEN in_channel <> '' THEN 'channel' END, in_channel),
            (CASE WHEN in_source <> '' THEN 'source' END, in_source),
            ('total', '')
        ) AS filters (dimension, key)
        CROSS JOIN LATERAL rolled(filters.dimension, filters.key, since, until) r
        WHERE filters.dimension IS NOT NULL
    ), summed AS (
        SELECT held.minute, sum(held.posts) OVER (ORDER BY held.minute DESC) AS looked
        FROM wanted w
        CROSS JOIN LATERAL (
            SELECT m.minute, t.posts
            FROM (
                SELECT rollups.minute FROM rollups
                WHERE rollups.dimension = w.dimension AND rollups.key = w.key
                    AND rollups.minute >= since AND rollups.minute < until
                GROUP BY rollups.minute
                OFFSET 0
            ) AS m
            CROSS JOIN LATERAL (
                SELECT sum(rollups.posts) AS posts FROM rollups
                WHERE rollups.dimension = 'total' AND rollups.key = '' AND rollups.minute = m.minute
            ) AS t
            WHERE NOT EXISTS (
                SELECT FROM wanted o
                WHERE o.place > 1 AND o.dimension <> 'total' AND NOT EXISTS (
                    SELECT FROM rollups
                    WHERE rollups.dimension = o.dimension AND rollups.key = o.key AND rollups.minute = m.minute
                    OFFSET 0
                )
            )
        ) AS held
        WHERE w.place = 1
    )
    -- the newest one always, however much it holds
    SELECT summed.minute, summed.looked <= most OR summed.minute = (SELECT max(s.minute) FROM summed s) FROM summed
$$;

-- The day of a moment (UTC), counted from 1970.
CREATE FUNCTION day_number(at timestamptz) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE BEGIN ATOMIC
    SELECT floor(extract(epoch FROM $1 - 'epoch'::timestamptz) / 86400)::integer;
END;

-- The words of a text, and when it was published: its day and its 32 days, as words that nobody can ask for. So words that
-- half of all posts have are looked up among those of a few days, and not among all that were ever stored.
CREATE FUNCTION words_of(language text, text text, published_at timestamptz) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE BEGIN ATOMIC
    SELECT words_of($1, $2) || array_to_tsvector(ARRAY[
        ' d' || day_number($3)::text, ' m' || (day_number($3) >> 5)::text
    ]);
END;

-- What somebody typed, of texts published on the days of some time.
CREATE FUNCTION words_asked(words text, since timestamptz, until timestamptz) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE BEGIN ATOMIC
    SELECT words_asked($1) && string_agg(quote_literal(published.word), ' | ')::tsquery
    FROM (
        SELECT ' d' || days.day::text AS word
        FROM generate_series(day_number($2), day_number($3)) AS days (day) WHERE $3 - $2 <= interval '32 days'
        UNION ALL
        SELECT ' m' || months.month::text
        FROM generate_series(day_number($2) >> 5, day_number($3) >> 5) AS months (month)
        WHERE $3 - $2 > interval '32 days'
    ) AS published;
END;

-- The same without an order: what the index alone finds. Of words side by side it holds no more, and each post that has
-- them all has to be read.
CREATE FUNCTION words_sought(words text, since timestamptz, until timestamptz) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE BEGIN ATOMIC
    SELECT replace(words_asked($1, $2, $3)::text, '<->', '&')::tsquery;
END;

DROP INDEX posts_by_words;
CREATE INDEX posts_by_words ON posts USING gin (words_of(language, text, published_at));

-- Posts of all these kinds, as in 0009, the words of some days.
CREATE OR REPLACE FUNCTION explored(
    since timestamptz, until timestamptz, in_entity text, in_topic text, in_family text, in_channel text, in_source text,
    words text, most integer
) RETURNS SETOF posts_with_scores
LANGUAGE sql STABLE AS $$
    SELECT p.post_id, p.published_at, p.fetched_at, p.stored_at, p.source, p.channel, p.language, p.url, p.author_key,
        p.entities, p.masked, p.text, p.duplicate_of, p.unjudged, s.model_version, s.topic, s.topic_p, s.sentiment,
        s.p_negative, s.p_neutral, s.p_positive, s.emotions, s.family, s.intent, s.intent_p
    FROM (
        SELECT in_minute.*
        FROM explored_minutes(since, until, in_entity, in_topic, in_family, in_channel, in_source, most) m
        CROSS JOIN LATERAL (
            SELECT * FROM posts
            WHERE posts.published_at >= m.minute AND posts.published_at < m.minute + interval '1 minute'
            OFFSET 0
        ) AS in_minute
        WHERE words = '' AND m.is_near
        UNION ALL
        SELECT with_words.*
        FROM (
            SELECT * FROM posts
            WHERE words_of(posts.language, posts.text, posts.published_at) @@ words_asked(words, since, until)
            OFFSET 0
        ) AS with_words
        WHERE words <> '' AND with_words.published_at >= since AND with_words.published_at < until
    ) AS p
    LEFT JOIN LATERAL (SELECT * FROM scores WHERE scores.post_id = p.post_id OFFSET 0) AS s ON true
    WHERE (in_entity = '' OR in_entity = ANY(p.entities)) AND (in_channel = '' OR p.channel = in_channel)
        AND (in_source = '' OR p.source = in_source) AND (in_topic = '' OR s.topic = in_topic)
        AND (in_family = '' OR s.family = in_family)
$$;
