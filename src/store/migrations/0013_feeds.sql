-- What is agreed about each stream of a partner's listings.
CREATE TABLE feeds (
    id         BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    partner_id BLOB NOT NULL REFERENCES partners (id),
    name       TEXT NOT NULL,
    settings   TEXT NOT NULL CHECK (json_valid(settings)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (partner_id, name)
) STRICT, WITHOUT ROWID;

-- Records that could not be taken in, after redaction, until they can or are too old. The number is never used again.
CREATE TABLE quarantine (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    partner_id  BLOB NOT NULL REFERENCES partners (id),
    feed_id     BLOB REFERENCES feeds (id) ON DELETE SET NULL,
    delivery_id BLOB NOT NULL REFERENCES deliveries (id),
    received_at INTEGER NOT NULL,
    line        INTEGER NOT NULL CHECK (line >= 1),
    faults      TEXT NOT NULL CHECK (json_valid(faults)),
    format      TEXT NOT NULL,
    record      TEXT CHECK (json_valid(record))
) STRICT;
CREATE INDEX quarantine_by_partner ON quarantine (partner_id, number);
CREATE INDEX quarantine_by_feed ON quarantine (feed_id, received_at);
CREATE INDEX quarantine_by_age ON quarantine (partner_id, received_at);
