-- Whose listing a report is on, so that all open ones of a busy seller are found at once. It follows the listing.
ALTER TABLE reports ADD COLUMN seller_key BLOB;
UPDATE reports SET seller_key = (SELECT seller_key FROM listings WHERE listings.id = reports.listing_id);
CREATE INDEX reports_open_by_seller ON reports (seller_key, number) WHERE state = 'open' AND seller_key IS NOT NULL;

CREATE TRIGGER reports_follow_seller AFTER UPDATE OF seller_key ON listings WHEN old.seller_key IS NOT new.seller_key
BEGIN
    UPDATE reports SET seller_key = new.seller_key WHERE listing_id = new.id;
END;
