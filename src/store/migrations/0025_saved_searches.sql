-- What officers want to be told of when it comes on sale, for which case, and until when.
CREATE TABLE saved_searches (
    id             BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    account_id     BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name           TEXT NOT NULL,
    words          TEXT NOT NULL,
    number         TEXT NOT NULL,
    place          TEXT NOT NULL,
    seller_of      INTEGER,
    seller_key     BLOB CHECK (length(seller_key) = 32),
    purpose_case   TEXT NOT NULL,
    purpose_reason TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL,
    -- Listings that it was run over since its last entry in the log, and when that was.
    looked_through INTEGER NOT NULL DEFAULT 0,
    logged_at      INTEGER,
    CHECK ((seller_of IS NULL) = (seller_key IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX saved_searches_by_account ON saved_searches (account_id);

CREATE TABLE search_hits (
    search_id  BLOB NOT NULL REFERENCES saved_searches (id) ON DELETE CASCADE,
    listing_id BLOB NOT NULL REFERENCES listings (id) ON DELETE CASCADE,
    how        TEXT NOT NULL,
    found_at   INTEGER NOT NULL,
    seen_at    INTEGER,
    PRIMARY KEY (search_id, listing_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX search_hits_by_listing ON search_hits (listing_id);

-- Listings from before are found by the free search: alerts are of what comes from now on.
INSERT INTO cursors (name, seq) SELECT 'saved_searches', coalesce(max(seq), 0) FROM changes;
