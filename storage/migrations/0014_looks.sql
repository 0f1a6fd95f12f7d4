-- What `storage.posts.scored_post_of` reads; not what only indexes are made of.
CREATE VIEW scored_posts AS
SELECT p.post_id, p.source, p.channel, p.text, p.published_at, p.fetched_at, p.url, p.author_key, p.language, p.entities,
    p.masked, p.fingerprint, p.duplicate_of, p.unjudged, s.model_version, s.topic, s.topic_p, s.sentiment, s.p_negative,
    s.p_neutral, s.p_positive, s.emotions, s.family, s.intent, s.intent_p
FROM posts p LEFT JOIN scores s USING (post_id);

-- When the last look began, by this server's clock: workers take turns, and do not look more often for being more.
ALTER TABLE series_watched ADD COLUMN last_look timestamptz;
