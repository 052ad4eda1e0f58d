-- Who wants to be mailed of what waits for them: daily, or also at once of what is urgent.
CREATE TABLE digests (
    account_id BLOB PRIMARY KEY NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    choice     TEXT NOT NULL CHECK (choice IN ('daily', 'urgent')),
    -- The last daily time that was thought of.
    daily_at   INTEGER NOT NULL,
    -- What is newer is urgent news.
    urgent_at  INTEGER NOT NULL,
    -- When somebody was last mailed of what is urgent.
    mailed_at  INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX digests_by_day ON digests (daily_at);
