-- A look-up reads an index's list of entries that are not sorted in yet from end to end, once for each key: with some
-- thousand keys a batch that took a hundred times as long as sorting each entry in when it is written.
ALTER INDEX posts_near SET (fastupdate = off);
ALTER INDEX posts_by_entity SET (fastupdate = off);
SELECT gin_clean_pending_list('posts_near'), gin_clean_pending_list('posts_by_entity');
