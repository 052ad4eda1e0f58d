-- Proof of ownership that a partner is asked to have its seller show, the answer, and what an officer makes of it. What is asked is
-- a list of words from a fixed set.
CREATE TABLE ownership_proofs (
    id           BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    report_id    BLOB NOT NULL REFERENCES reports (id),
    listing_id   BLOB NOT NULL REFERENCES listings (id),
    partner_id   BLOB NOT NULL REFERENCES partners (id),
    asked        TEXT NOT NULL CHECK (json_valid(asked)),
    asked_by     BLOB NOT NULL REFERENCES accounts (id),
    asked_at     INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,
    answer       TEXT,
    shown        INTEGER CHECK (shown IN (0, 1)),
    answered_at  INTEGER,
    finding      TEXT CHECK (finding IN ('for_the_seller', 'against_the_seller', 'open')),
    facts        TEXT,
    assessment   TEXT,
    judged_by    BLOB REFERENCES accounts (id),
    judged_at    INTEGER,
    taken_back_at INTEGER,
    CHECK ((answer IS NULL) = (answered_at IS NULL) AND (answer IS NULL) = (shown IS NULL)),
    CHECK ((finding IS NULL) = (judged_at IS NULL) AND (finding IS NULL) = (judged_by IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX ownership_proofs_by_report ON ownership_proofs (report_id, asked_at);
CREATE INDEX ownership_proofs_by_partner ON ownership_proofs (partner_id, asked_at);

CREATE TABLE ownership_proof_photos (
    proof_id BLOB NOT NULL REFERENCES ownership_proofs (id),
    number   INTEGER NOT NULL CHECK (number >= 1),
    sha256   BLOB NOT NULL REFERENCES photos (sha256),
    PRIMARY KEY (proof_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX ownership_proof_photos_by_photo ON ownership_proof_photos (sha256);
