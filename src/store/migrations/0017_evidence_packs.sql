-- An officer's word that a report is evidence; the last one counts.
CREATE TABLE evidence_promotions (
    report_id BLOB PRIMARY KEY NOT NULL REFERENCES reports (id),
    by_id     BLOB NOT NULL REFERENCES accounts (id),
    at        INTEGER NOT NULL,
    reason    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What left the service about a report: enough to tell a pack again, and nothing of what it says.
CREATE TABLE evidence_packs (
    id         BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    report_id  BLOB NOT NULL REFERENCES reports (id),
    form       TEXT NOT NULL CHECK (form IN ('document', 'bundle')),
    marking    TEXT NOT NULL CHECK (marking IN ('intelligence', 'evidence')),
    sha256     BLOB NOT NULL CHECK (length(sha256) = 32),
    size_bytes INTEGER NOT NULL,
    made_by    BLOB NOT NULL REFERENCES accounts (id),
    made_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX evidence_packs_by_report ON evidence_packs (report_id, made_at);
