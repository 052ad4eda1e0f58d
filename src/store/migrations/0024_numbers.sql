-- The numbers of items and listings, to be found by a part of them. Derived from what the things say: a job files them anew whenever
-- one changes, from the first change on.
CREATE TABLE numbers (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    -- 0 an item, 1 a listing.
    side   INTEGER NOT NULL CHECK (side IN (0, 1)),
    thing  BLOB NOT NULL CHECK (length(thing) = 16),
    value  TEXT NOT NULL,
    folded TEXT NOT NULL
) STRICT;
CREATE INDEX numbers_by_thing ON numbers (side, thing);
-- Which numbers hold a run of three characters; where in them is looked up in the number itself.
CREATE VIRTUAL TABLE number_parts USING fts5 (folded, content = 'numbers', content_rowid = 'number', tokenize = 'trigram', detail = none,
                                              columnsize = 0);
