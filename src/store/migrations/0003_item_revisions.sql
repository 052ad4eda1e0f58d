-- What the owner said of an item, and since when: its description and its photos by number and hash, from registration on.
-- It goes with the item's own data when the owner is erased.
CREATE TABLE item_revisions (
    item_id     BLOB NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    revision    INTEGER NOT NULL CHECK (revision >= 1),
    at          INTEGER NOT NULL,
    description TEXT NOT NULL CHECK (json_valid(description)),
    photos      TEXT NOT NULL CHECK (json_valid(photos)),
    PRIMARY KEY (item_id, revision)
) STRICT, WITHOUT ROWID;

-- What was entered before this table existed counts from the item's last change: perhaps later than it was, never earlier.
INSERT INTO item_revisions (item_id, revision, at, description, photos)
SELECT id, 1, updated_at, description,
       (SELECT json_group_array(json_object('number', number, 'sha256', lower(hex(sha256))))
        FROM (SELECT number, sha256 FROM item_photos WHERE item_photos.item_id = items.id ORDER BY number))
FROM items;

-- Each decision on a theft report, and each time that it fell back to unverified because an item was changed.
CREATE TABLE theft_report_events (
    theft_report_id BLOB NOT NULL REFERENCES theft_reports (id),
    number          INTEGER NOT NULL,
    at              INTEGER NOT NULL,
    by_id           BLOB REFERENCES accounts (id),
    status          TEXT NOT NULL CHECK (status IN ('unverified', 'verified', 'rejected')),
    PRIMARY KEY (theft_report_id, number)
) STRICT, WITHOUT ROWID;

INSERT INTO theft_report_events (theft_report_id, number, at, by_id, status)
SELECT id, 1, decided_at, decided_by, status FROM theft_reports WHERE decided_at IS NOT NULL;
