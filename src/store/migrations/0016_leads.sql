-- Checks on stolen items: one row for a partner and an item under one theft, however often it asks.
CREATE TABLE leads (
    id              BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    partner_id      BLOB NOT NULL REFERENCES partners (id),
    item_id         BLOB NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    theft_report_id BLOB NOT NULL REFERENCES theft_reports (id),
    asked           TEXT NOT NULL CHECK (json_valid(asked)),
    probability     REAL NOT NULL,
    evidence        TEXT NOT NULL CHECK (json_valid(evidence)),
    first_at        INTEGER NOT NULL,
    last_at         INTEGER NOT NULL,
    times           INTEGER NOT NULL CHECK (times >= 1),
    followed_by     BLOB REFERENCES accounts (id),
    followed_at     INTEGER,
    note            TEXT,
    UNIQUE (partner_id, item_id, theft_report_id),
    CHECK ((followed_by IS NULL) = (followed_at IS NULL)),
    CHECK ((followed_by IS NULL) = (note IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX leads_by_item ON leads (item_id);
CREATE INDEX leads_by_age ON leads (last_at);
