-- What the dashboard's pages Explore, Post and Model ask: full text, and any cross of what posts are counted by.

-- English without a list of words that do not count: an app that is down is not an app.
CREATE TEXT SEARCH DICTIONARY english_stems (TEMPLATE = pg_catalog.snowball, Language = english);
CREATE TEXT SEARCH CONFIGURATION english_words (COPY = pg_catalog.english);
ALTER TEXT SEARCH CONFIGURATION english_words
    ALTER MAPPING FOR asciihword, asciiword, hword, hword_asciipart, hword_part, word WITH english_stems;

-- The words of a text: in English their stems, in another language the words as they are. Of what has no blanks between
-- its words (Chinese, Japanese) a run of characters is one word. ' en' is a word that nobody can ask for, and says which.
-- ATOMIC, so that the configuration is found whatever the search path: an index is also built and analysed without one.
CREATE FUNCTION words_of(language text, text text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE BEGIN ATOMIC
    SELECT CASE WHEN coalesce($1, 'en') = 'en'
        THEN to_tsvector('english_words'::regconfig, $2) || array_to_tsvector(ARRAY[' en'])
        ELSE to_tsvector('pg_catalog.simple'::regconfig, $2) END;
END;

-- What somebody typed, for texts of every language; written as for a web search, and never an error.
CREATE FUNCTION words_asked(words text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE BEGIN ATOMIC
    SELECT (websearch_to_tsquery('english_words'::regconfig, $1) && ''' en'''::tsquery)
        || (websearch_to_tsquery('pg_catalog.simple'::regconfig, $1) && '!'' en'''::tsquery);
END;

CREATE INDEX posts_by_words ON posts USING gin (words_of(language, text));

-- The minutes that may hold posts of all these kinds: what has to be looked at where no rollup counts a cross. Near are the
-- newest ones, which hold `most` posts of any kind together. An empty filter keeps everything.
CREATE FUNCTION explored_minutes(
    since timestamptz, until timestamptz, in_entity text, in_topic text, in_family text, in_channel text, in_source text,
    most integer
) RETURNS TABLE (minute timestamptz, is_near boolean)
LANGUAGE sql STABLE AS $$
    WITH wanted (dimension, key) AS (
        SELECT * FROM (VALUES
            (CASE WHEN in_entity <> '' AND in_topic <> '' THEN 'entity_topic' END, in_entity || '/' || in_topic),
            (CASE WHEN in_entity <> '' AND in_topic = '' THEN 'entity' END, in_entity),
            (CASE WHEN in_entity = '' AND in_topic <> '' THEN 'topic' END, in_topic),
            (CASE WHEN in_family <> '' THEN 'family' END, in_family),
            (CASE WHEN in_channel <> '' THEN 'channel' END, in_channel),
            (CASE WHEN in_source <> '' THEN 'source' END, in_source)
        ) AS filters (dimension, key) WHERE dimension IS NOT NULL
    ), held AS (
        -- a minute counts where every filter has posts; LATERAL, so that each series is read by the primary key
        SELECT r.minute
        FROM wanted CROSS JOIN LATERAL (
            SELECT DISTINCT rollups.minute FROM rollups
            WHERE rollups.dimension = wanted.dimension AND rollups.key = wanted.key
                AND rollups.minute >= since AND rollups.minute < until
        ) AS r
        GROUP BY r.minute HAVING count(*) = (SELECT count(*) FROM wanted)
    ), total AS (
        SELECT t.minute, sum(t.posts) AS posts FROM rollups t
        WHERE t.dimension = 'total' AND t.key = '' AND t.minute >= since AND t.minute < until
        GROUP BY t.minute
    ), summed AS (
        SELECT total.minute, sum(total.posts) OVER (ORDER BY total.minute DESC) AS looked
        FROM total
        WHERE NOT EXISTS (SELECT FROM wanted) OR total.minute IN (SELECT held.minute FROM held)
    )
    -- the newest one always, however much it holds
    SELECT summed.minute, summed.looked <= most OR summed.minute = (SELECT max(s.minute) FROM summed s) FROM summed
$$;

-- A post beside its scores, which are null where the model was not asked.
CREATE VIEW posts_with_scores AS
SELECT p.post_id, p.published_at, p.fetched_at, p.stored_at, p.source, p.channel, p.language, p.url, p.author_key,
    p.entities, p.masked, p.text, p.duplicate_of, p.unjudged, s.model_version, s.topic, s.topic_p, s.sentiment,
    s.p_negative, s.p_neutral, s.p_positive, s.emotions, s.family, s.intent, s.intent_p
FROM posts p LEFT JOIN scores s USING (post_id);

-- Posts of all these kinds: without words those of `explored_minutes`, with words those that the text index finds, since
-- words say where to look and minutes do not. OFFSET 0 keeps the planner from another order: it cannot know how many
-- minutes there are, and would read a whole table for each.
CREATE FUNCTION explored(
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
        SELECT posts.* FROM posts
        WHERE words <> '' AND words_of(posts.language, posts.text) @@ words_asked(words)
            AND posts.published_at >= since AND posts.published_at < until
    ) AS p
    LEFT JOIN LATERAL (SELECT * FROM scores WHERE scores.post_id = p.post_id OFFSET 0) AS s ON true
    WHERE (in_entity = '' OR in_entity = ANY(p.entities)) AND (in_channel = '' OR p.channel = in_channel)
        AND (in_source = '' OR p.source = in_source) AND (in_topic = '' OR s.topic = in_topic)
        AND (in_family = '' OR s.family = in_family)
$$;

-- Which model scored how much.
INSERT INTO rollups (dimension, key, minute, shard, posts, negative, neutral, positive, duplicates, unjudged)
SELECT 'model', s.model_version, date_trunc('minute', p.published_at, 'UTC'), 0,
    count(*),
    count(*) FILTER (WHERE p.duplicate_of IS NULL AND s.sentiment = 'negative'),
    count(*) FILTER (WHERE p.duplicate_of IS NULL AND s.sentiment = 'neutral'),
    count(*) FILTER (WHERE p.duplicate_of IS NULL AND s.sentiment = 'positive'),
    count(*) FILTER (WHERE p.duplicate_of IS NOT NULL),
    0
FROM posts p JOIN scores s USING (post_id)
GROUP BY 1, 2, 3;
