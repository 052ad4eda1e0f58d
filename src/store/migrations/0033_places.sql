-- Where listings are offered and items were stolen, to be found by a country or the beginning of a postcode or town. Derived from what
-- the things say, like their numbers, and filed by the same job: from the first change on.
CREATE TABLE places (
    -- 0 an item, 1 a listing.
    side   INTEGER NOT NULL CHECK (side IN (0, 1)),
    thing  BLOB NOT NULL CHECK (length(thing) = 16),
    -- What it is, `c` a country, `p` a postcode or `t` a town, a colon, and its name in small letters.
    folded TEXT NOT NULL,
    PRIMARY KEY (side, thing, folded)
) STRICT, WITHOUT ROWID;
CREATE INDEX places_by_name ON places (side, folded, thing);
CREATE INDEX theft_reports_by_time ON theft_reports (to_at);

DELETE FROM cursors WHERE name = 'numbers';
