-- Where pulling a feed stands; what has no row here is pushed.
CREATE TABLE feed_pulls (
    feed_id       BLOB PRIMARY KEY NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
    due_at        INTEGER NOT NULL,
    etag          TEXT,
    last_modified TEXT,
    failures      INTEGER NOT NULL,
    held          INTEGER NOT NULL,
    confirmed     INTEGER NOT NULL CHECK (confirmed IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX feed_pulls_due ON feed_pulls (due_at);

CREATE TABLE feed_runs (
    feed_id    BLOB NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL,
    outcome    TEXT NOT NULL CHECK (outcome IN ('taken', 'unchanged', 'failed')),
    accepted   INTEGER NOT NULL,
    unchanged  INTEGER NOT NULL,
    rejected   INTEGER NOT NULL,
    withdrawn  INTEGER NOT NULL,
    held       INTEGER NOT NULL,
    note       TEXT NOT NULL,
    PRIMARY KEY (feed_id, started_at)
) STRICT, WITHOUT ROWID;

-- Which run of a feed named a listing last: what a whole file does not name any more is missing.
CREATE TABLE feed_listings (
    feed_id    BLOB NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
    listing_id BLOB NOT NULL REFERENCES listings (id) ON DELETE CASCADE,
    named_by   INTEGER NOT NULL,
    PRIMARY KEY (feed_id, listing_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX feed_listings_by_run ON feed_listings (feed_id, named_by);
CREATE INDEX feed_listings_by_listing ON feed_listings (listing_id);
