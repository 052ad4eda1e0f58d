-- The local features of photos: what parts of them look like. Beside the photos, because they are large and seldom read; a photo
-- without a row, or with one of another version, is read again.
CREATE TABLE photo_features (
    sha256   BLOB NOT NULL UNIQUE REFERENCES photos (sha256) ON DELETE CASCADE,
    version  INTEGER NOT NULL,
    features BLOB NOT NULL
) STRICT;
