-- What an officer saw, beside what they conclude from it, which is the event's note.
ALTER TABLE report_events ADD COLUMN facts TEXT;

-- A filter that fits few reports or none reads all that wait: with everything that filters ask, the index answers alone.
DROP INDEX report_queue_urgent;
CREATE INDEX report_queue_urgent ON report_queue (state, sale, stake DESC, number DESC, ends_at, kinds, category, country, postcode,
    city, partner_id, theft_report_id, item_id, seller_key, officer_id);
DROP INDEX report_queue_urgent_all;
CREATE INDEX report_queue_urgent_all ON report_queue (sale, stake DESC, number DESC, state, ends_at, kinds, category, country, postcode,
    city, partner_id, theft_report_id, item_id, seller_key, officer_id);

-- A saved search also asks when a listing was put up, and by a photo, which is kept as long as the search is.
ALTER TABLE saved_searches ADD COLUMN from_at INTEGER;
ALTER TABLE saved_searches ADD COLUMN to_at INTEGER;
ALTER TABLE saved_searches ADD COLUMN photo_sha256 BLOB REFERENCES photos (sha256) CHECK (length(photo_sha256) = 32);
CREATE INDEX saved_searches_by_photo ON saved_searches (photo_sha256) WHERE photo_sha256 IS NOT NULL;
