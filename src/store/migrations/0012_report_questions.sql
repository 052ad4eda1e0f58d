-- What an officer asks the owner or the partner because a report does not tell enough, and the answer.
CREATE TABLE report_questions (
    id          BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    report_id   BLOB NOT NULL REFERENCES reports (id),
    asked       TEXT NOT NULL CHECK (asked IN ('owner', 'partner')),
    text        TEXT NOT NULL,
    asked_by    BLOB NOT NULL REFERENCES accounts (id),
    asked_at    INTEGER NOT NULL,
    answer      TEXT,
    answered_by BLOB REFERENCES accounts (id),
    answered_at INTEGER,
    CHECK ((answer IS NULL) = (answered_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX report_questions_by_report ON report_questions (report_id, asked_at);
