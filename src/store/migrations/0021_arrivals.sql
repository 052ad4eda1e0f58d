-- When something of a stream arrived, an hour a row, so that a partner that sends every second costs as little as one that sends
-- every hour. A stream is a feed; what is pushed without naming one is a stream of the partner's own id. Instants and spans in µs.
CREATE TABLE arrivals (
    stream_id    BLOB NOT NULL CHECK (length(stream_id) = 16),
    hour         INTEGER NOT NULL,
    partner_id   BLOB NOT NULL REFERENCES partners (id),
    first_at     INTEGER NOT NULL,
    last_at      INTEGER NOT NULL,
    longest_wait INTEGER NOT NULL CHECK (longest_wait >= 0),
    accepted     INTEGER NOT NULL,
    unchanged    INTEGER NOT NULL,
    rejected     INTEGER NOT NULL,
    -- From being put up to being received: the median of new listings that said when, of the last delivery that had any.
    delay        INTEGER,
    PRIMARY KEY (stream_id, hour)
) STRICT, WITHOUT ROWID;

-- When a stream was silent for longer than its rhythm explains.
CREATE TABLE silences (
    stream_id  BLOB NOT NULL CHECK (length(stream_id) = 16),
    since      INTEGER NOT NULL,
    partner_id BLOB NOT NULL REFERENCES partners (id),
    overdue_at INTEGER NOT NULL,
    noticed_at INTEGER NOT NULL,
    ended_at   INTEGER,
    PRIMARY KEY (stream_id, since)
) STRICT, WITHOUT ROWID;
CREATE INDEX silences_open ON silences (partner_id) WHERE ended_at IS NULL;

CREATE INDEX listing_photos_failed ON listing_photos (listing_id) WHERE state = 'failed';
