-- An owner may say that a listing is another object, and a question that came to nothing is withdrawn.
CREATE TABLE questions_anew (
    id           BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    item_id      BLOB NOT NULL REFERENCES items (id),
    listing_id   BLOB NOT NULL REFERENCES listings (id),
    owner_id     BLOB NOT NULL REFERENCES accounts (id),
    assessment   TEXT NOT NULL CHECK (json_valid(assessment)),
    asked_at     INTEGER NOT NULL,
    answer       TEXT CHECK (answer IN ('mine', 'not_mine', 'another_object')),
    answered_at  INTEGER,
    withdrawn_at INTEGER,
    UNIQUE (item_id, listing_id),
    CHECK ((answer IS NULL) = (answered_at IS NULL)),
    CHECK (answer IS NULL OR withdrawn_at IS NULL)
) STRICT, WITHOUT ROWID;
INSERT INTO questions_anew SELECT id, item_id, listing_id, owner_id, assessment, asked_at, answer, answered_at, NULL FROM questions;
DROP TABLE questions;
ALTER TABLE questions_anew RENAME TO questions;
CREATE INDEX questions_by_owner ON questions (owner_id, asked_at);

-- What is still asked about items that are searched for, or out of the register, ends now.
UPDATE questions SET withdrawn_at = unixepoch() * 1000000
WHERE answer IS NULL AND item_id IN (
    SELECT items.id FROM items LEFT JOIN theft_reports ON theft_reports.id = items.theft_report_id
    WHERE items.status = 'withdrawn' OR theft_reports.status = 'verified'
);
