-- What was seen stays: the photos that a report's evidence rests on, and those that a listing no longer shows.

-- Every photo that the evidence of a report ever named, as often as it was assessed. `place` is its place among the photos of
-- its side when it was compared.
CREATE TABLE report_photos (
    report_id BLOB NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
    side      TEXT NOT NULL CHECK (side IN ('item', 'listing')),
    place     INTEGER NOT NULL CHECK (place >= 1),
    sha256    BLOB NOT NULL REFERENCES photos (sha256),
    PRIMARY KEY (report_id, side, place, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX report_photos_by_photo ON report_photos (sha256);

-- Reports from before: the photos that stand where the evidence says that it saw them.
INSERT OR IGNORE INTO report_photos (report_id, side, place, sha256)
SELECT reports.id, 'item', shown.place, shown.sha256
FROM reports, json_each(reports.assessment, '$.evidence') AS evidence
JOIN (SELECT item_id, sha256, row_number() OVER (PARTITION BY item_id ORDER BY number) AS place FROM item_photos) AS shown
  ON shown.item_id = reports.item_id AND shown.place = json_extract(evidence.value, '$.detail.registered_photo')
WHERE json_extract(evidence.value, '$.comparison') = 'photo';
INSERT OR IGNORE INTO report_photos (report_id, side, place, sha256)
SELECT reports.id, 'listing', shown.place, shown.sha256
FROM reports, json_each(reports.assessment, '$.evidence') AS evidence
JOIN (SELECT listing_id, sha256, row_number() OVER (PARTITION BY listing_id ORDER BY number) AS place
      FROM listing_photos WHERE state = 'held') AS shown
  ON shown.listing_id = reports.listing_id AND shown.place = json_extract(evidence.value, '$.detail.listing_photo')
WHERE json_extract(evidence.value, '$.comparison') = 'photo';

-- Photos that a listing showed up to a revision and then no more. They go when the listing goes.
CREATE TABLE superseded_photos (
    listing_id BLOB NOT NULL REFERENCES listings (id) ON DELETE CASCADE,
    revision   INTEGER NOT NULL,
    number     INTEGER NOT NULL CHECK (number >= 1),
    url        TEXT,
    sha256     BLOB NOT NULL REFERENCES photos (sha256),
    PRIMARY KEY (listing_id, revision, number, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX superseded_photos_by_photo ON superseded_photos (sha256);

-- When the partner last named a listing, changed or not, to within a day: retention counts from here.
ALTER TABLE listings ADD COLUMN last_seen_at INTEGER NOT NULL DEFAULT 0;
UPDATE listings SET last_seen_at = updated_at;
DROP INDEX listings_by_age;
CREATE INDEX listings_by_last_seen ON listings (partner_id, last_seen_at);
