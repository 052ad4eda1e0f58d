-- What a partner's server wants to be shown before it hands a feed out: sealed under a key that is not here.
CREATE TABLE feed_secrets (
    feed_id BLOB PRIMARY KEY NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
    sealed  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- How large the file of a run was, as sent, and why records of it were not taken in.
ALTER TABLE feed_runs ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed_runs ADD COLUMN because TEXT NOT NULL DEFAULT '[]';

-- How fetching a partner's photos from a host went, day by day (days since 1970); kept for a week.
CREATE TABLE photo_host_days (
    partner_id BLOB NOT NULL REFERENCES partners (id),
    host       TEXT NOT NULL,
    day        INTEGER NOT NULL,
    tries      INTEGER NOT NULL,
    failures   INTEGER NOT NULL,
    fault      TEXT,
    fault_at   INTEGER,
    PRIMARY KEY (partner_id, host, day)
) STRICT, WITHOUT ROWID;
CREATE INDEX photo_host_days_by_day ON photo_host_days (day);

-- What was fetched for a partner from an address (its SHA-256), so that it is not fetched again for another listing; for a week.
CREATE TABLE fetched_photos (
    partner_id BLOB NOT NULL REFERENCES partners (id),
    address    BLOB NOT NULL CHECK (length(address) = 32),
    sha256     BLOB NOT NULL CHECK (length(sha256) = 32),
    etag       TEXT,
    at         INTEGER NOT NULL,
    PRIMARY KEY (partner_id, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX fetched_photos_by_age ON fetched_photos (at);

-- Photos of one host wait in a lane for each partner now: those that wait are filed anew.
UPDATE outbox SET lane = '' WHERE lane NOT LIKE 'to:%';
