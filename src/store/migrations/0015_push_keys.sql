-- What partners call their pushes: one that is sent again has no second effect. Kept for three days.
CREATE TABLE push_keys (
    partner_id     BLOB NOT NULL REFERENCES partners (id),
    key            TEXT NOT NULL,
    request_sha256 BLOB NOT NULL CHECK (length(request_sha256) = 32),
    delivery_id    BLOB NOT NULL REFERENCES deliveries (id),
    at             INTEGER NOT NULL,
    PRIMARY KEY (partner_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX push_keys_by_age ON push_keys (at);
