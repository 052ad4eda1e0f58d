-- Decoys: invented stolen things, and the test listings of them that come through a partner's own feed. They stand apart from
-- items, listings and reports, so that nothing that the police see can hold one.
CREATE TABLE decoy_consents (
    partner_id BLOB PRIMARY KEY NOT NULL REFERENCES partners (id),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    given_at   INTEGER NOT NULL,
    ends_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE decoys (
    id           BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    partner_id   BLOB NOT NULL REFERENCES partners (id),
    reference    TEXT NOT NULL,
    variant      TEXT NOT NULL CHECK (variant IN ('numbered', 'misread', 'described')),
    invention    TEXT NOT NULL CHECK (json_valid(invention)),
    planted_at   INTEGER NOT NULL,
    withdrawn_at INTEGER,
    feed_id      BLOB REFERENCES feeds (id) ON DELETE SET NULL,
    came_at      INTEGER,
    came         TEXT CHECK (json_valid(came)),
    waits_for    INTEGER,
    probability  REAL,
    alerted_at   INTEGER,
    UNIQUE (partner_id, reference)
) STRICT, WITHOUT ROWID;
CREATE INDEX decoys_waiting ON decoys (waits_for) WHERE waits_for IS NOT NULL;
