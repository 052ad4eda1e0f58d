-- What was told on the way of a disclosure request, each once: that the partner has it, that its time is over, that the supervisors
-- know of that, that the police take it back, and that the partner has that.
CREATE TABLE disclosure_notices (
    request_id BLOB NOT NULL REFERENCES disclosure_requests (id),
    kind       TEXT NOT NULL CHECK (kind IN ('received', 'reminded', 'escalated', 'recalled', 'recall_received')),
    at         INTEGER NOT NULL,
    PRIMARY KEY (request_id, kind)
) STRICT, WITHOUT ROWID;
