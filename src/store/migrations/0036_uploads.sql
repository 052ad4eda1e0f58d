-- Photos that a partner uploaded: the upload stands, or stands until the address that its record names has brought another.
ALTER TABLE listing_photos ADD COLUMN upload TEXT CHECK (upload IN ('stands', 'until_fetched'));
UPDATE listing_photos SET upload = 'stands' WHERE url IS NULL AND state = 'held';
