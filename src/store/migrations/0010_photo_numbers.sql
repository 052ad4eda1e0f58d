-- Numbers that are read off photos in the background, one row a photo and way of reading. Version 0 has not been read yet; what a
-- version of the reader before the present one read is read again. Beside the photos, because few carry any.
CREATE TABLE photo_numbers (
    sha256      BLOB NOT NULL REFERENCES photos (sha256) ON DELETE CASCADE,
    way         TEXT NOT NULL CHECK (way IN ('barcode', 'label')),
    version     INTEGER NOT NULL,
    -- Items' photos are read before listings', and the newest first.
    of_listing  INTEGER NOT NULL CHECK (of_listing IN (0, 1)),
    created_at  INTEGER NOT NULL,
    numbers     TEXT NOT NULL,
    UNIQUE (sha256, way)
) STRICT;

CREATE INDEX photo_numbers_waiting ON photo_numbers (way, version, of_listing, created_at DESC);

INSERT INTO photo_numbers (sha256, way, version, of_listing, created_at, numbers)
SELECT sha256, way, 0, NOT EXISTS (SELECT 1 FROM item_photos WHERE item_photos.sha256 = photos.sha256), created_at, '[]'
FROM photos, (SELECT 'barcode' AS way UNION ALL SELECT 'label');
