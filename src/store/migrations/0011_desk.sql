-- What the queue of reports is ordered and filtered by, one narrow row a report, so that a page is read from an index however many
-- wait. Filed anew whenever the report, its item or its listing changes; reports from before are filed when the database is opened.
CREATE TABLE report_queue (
    number      INTEGER PRIMARY KEY NOT NULL,
    report_id   BLOB NOT NULL UNIQUE REFERENCES reports (id) ON DELETE CASCADE,
    state       TEXT NOT NULL,
    officer_id  BLOB,
    probability REAL NOT NULL,
    -- 0 the sale runs until ends_at, 1 its end is not said, 2 it is over.
    sale        INTEGER NOT NULL CHECK (sale IN (0, 1, 2)),
    ends_at     INTEGER,
    -- log2 of probability × value; while the sale runs less the days, in half-lives of urgency, from 1970 to its end.
    stake       REAL NOT NULL,
    value_euros REAL NOT NULL,
    -- One bit a comparison that speaks for the pair.
    kinds       INTEGER NOT NULL,
    category    TEXT NOT NULL,
    country     TEXT NOT NULL,
    postcode    TEXT NOT NULL,
    city        TEXT NOT NULL,
    partner_id  BLOB NOT NULL,
    theft_report_id BLOB NOT NULL,
    item_id     BLOB NOT NULL,
    listing_id  BLOB NOT NULL,
    seller_key  BLOB
) STRICT;
CREATE INDEX report_queue_urgent ON report_queue (state, sale, stake DESC, number DESC);
CREATE INDEX report_queue_urgent_all ON report_queue (sale, stake DESC, number DESC);
CREATE INDEX report_queue_probable ON report_queue (state, probability DESC, number DESC);
CREATE INDEX report_queue_probable_all ON report_queue (probability DESC, number DESC);
CREATE INDEX report_queue_newest ON report_queue (state, number DESC);
CREATE INDEX report_queue_ending ON report_queue (sale, ends_at) WHERE sale = 0;
CREATE INDEX report_queue_by_officer ON report_queue (officer_id, state) WHERE officer_id IS NOT NULL;
CREATE INDEX report_queue_by_theft ON report_queue (theft_report_id, state);
CREATE INDEX report_queue_by_item ON report_queue (item_id, state);
CREATE INDEX report_queue_by_listing ON report_queue (listing_id);
CREATE INDEX report_queue_by_seller ON report_queue (seller_key, state) WHERE seller_key IS NOT NULL;

-- What somebody has set for themselves on the pages: a word and its value.
CREATE TABLE settings (
    account_id BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    value      TEXT NOT NULL,
    saved_at   INTEGER NOT NULL,
    PRIMARY KEY (account_id, name)
) STRICT, WITHOUT ROWID;
