-- What an officer saw, beside what they conclude from it, which is the event's note.
ALTER TABLE report_events ADD COLUMN facts TEXT;

-- A filter that fits few reports or none reads all that wait: with everything that filters ask, the index answers alone.
DROP INDEX report_queue_urgent;
CREATE INDEX report_queue_urgent ON report_queue (state, sale, stake DESC, number DESC, ends_at, kinds, category, country, postcode,
    city, partner_id, theft_report_id, item_id, seller_key, officer_id);
DROP INDEX report_queue_urgent_all;
CREATE INDEX report_queue_urgent_all ON report_queue (sale, stake DESC, number DESC, state, ends_at, kinds, category, country, postcode,
    city, partner_id, theft_report_id, item_id, seller_key, officer_id);
