-- How things are held under a letter, and the holds.
CREATE TABLE hold_policies (
    letter_id BLOB PRIMARY KEY NOT NULL REFERENCES letters (id),
    policy    TEXT NOT NULL CHECK (json_valid(policy)),
    trigger   TEXT NOT NULL CHECK (trigger IN ('asked', 'confirmed', 'raised')),
    set_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE holds (
    id          BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    report_id   BLOB NOT NULL REFERENCES reports (id),
    listing_id  BLOB NOT NULL REFERENCES listings (id),
    partner_id  BLOB NOT NULL REFERENCES partners (id),
    letter_id   BLOB NOT NULL REFERENCES letters (id),
    policy      TEXT NOT NULL CHECK (json_valid(policy)),
    case_number TEXT NOT NULL,
    reason      TEXT NOT NULL,
    asked_by    BLOB REFERENCES accounts (id),
    asked_at    INTEGER NOT NULL,
    notice_due  INTEGER NOT NULL,
    ends_at     INTEGER NOT NULL,
    extensions  INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('asked', 'held', 'refused', 'lifted', 'expired')),
    note        TEXT,
    answered_at INTEGER,
    ended_at    INTEGER,
    told_at     INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX holds_by_partner ON holds (partner_id, asked_at);
CREATE INDEX holds_by_report ON holds (report_id, asked_at);
CREATE INDEX holds_by_listing ON holds (listing_id);
CREATE INDEX holds_ending ON holds (ends_at) WHERE state IN ('asked', 'held');
