-- What somebody has typed into a form of several pages and not sent yet: the fields as a JSON list of pairs.
CREATE TABLE form_drafts (
    account_id BLOB NOT NULL REFERENCES accounts (id),
    form       TEXT NOT NULL,
    fields     TEXT NOT NULL CHECK (json_valid(fields)),
    saved_at   INTEGER NOT NULL,
    PRIMARY KEY (account_id, form)
) STRICT, WITHOUT ROWID;
