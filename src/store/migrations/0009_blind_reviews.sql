-- Candidates below the reporting threshold that were drawn at random, and what officers said of them without seeing the score.
-- What is learned from them needs no more than figures: a review that was decided outlives its listing, one that waits does not.
CREATE TABLE blind_reviews (
    id              BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    item_id         BLOB NOT NULL REFERENCES items (id),
    listing_id      BLOB REFERENCES listings (id) ON DELETE SET NULL,
    theft_report_id BLOB NOT NULL REFERENCES theft_reports (id),
    share           REAL NOT NULL CHECK (share > 0 AND share <= 1),
    assessment      TEXT NOT NULL CHECK (json_valid(assessment)),
    drawn_at        INTEGER NOT NULL,
    verdict         TEXT CHECK (verdict IN ('same', 'another', 'unsure')),
    reason          TEXT,
    officer_id      BLOB REFERENCES accounts (id),
    decided_at      INTEGER,
    UNIQUE (item_id, listing_id, theft_report_id),
    CHECK ((verdict IS NULL) = (decided_at IS NULL)),
    CHECK ((verdict IS NULL) = (reason IS NULL)),
    CHECK ((verdict IS NULL) = (officer_id IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX blind_reviews_waiting ON blind_reviews (drawn_at, id) WHERE verdict IS NULL;
CREATE INDEX blind_reviews_by_listing ON blind_reviews (listing_id) WHERE listing_id IS NOT NULL;

CREATE TRIGGER blind_reviews_go_with_their_listing BEFORE DELETE ON listings BEGIN
    DELETE FROM blind_reviews WHERE listing_id = OLD.id AND verdict IS NULL;
END;
