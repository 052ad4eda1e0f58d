-- What of a delivery was not understood although its listings count.
ALTER TABLE deliveries ADD COLUMN notes TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(notes));
