-- Where events are sent to; without a partner it is the force's own. Secrets are sealed, the key is not in this database.
CREATE TABLE webhooks (
    id            BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    partner_id    BLOB REFERENCES partners (id),
    url           TEXT NOT NULL,
    events        TEXT NOT NULL CHECK (json_valid(events)),
    state         TEXT NOT NULL CHECK (state IN ('on', 'off', 'failed', 'gone')),
    secret_sealed BLOB NOT NULL,
    former_sealed BLOB,
    former_until  INTEGER,
    failures      INTEGER NOT NULL,
    rest_until    INTEGER,
    succeeded_at  INTEGER,
    created_at    INTEGER NOT NULL,
    CHECK ((former_sealed IS NULL) = (former_until IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX webhooks_by_partner ON webhooks (partner_id);

-- What is sent to somebody outside: to an endpoint, or to an account's mailbox. Its effect stands in the outbox while it waits.
CREATE TABLE messages (
    id         BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    partner_id BLOB REFERENCES partners (id),
    webhook_id BLOB REFERENCES webhooks (id) ON DELETE CASCADE,
    account_id BLOB REFERENCES accounts (id) ON DELETE CASCADE,
    event      TEXT NOT NULL,
    about      TEXT NOT NULL CHECK (json_valid(about)),
    page       TEXT NOT NULL,
    made_at    INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'given_up')),
    failures   INTEGER NOT NULL,
    CHECK ((webhook_id IS NULL) <> (account_id IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX messages_by_partner ON messages (partner_id, id);
CREATE INDEX messages_by_webhook ON messages (webhook_id, id) WHERE webhook_id IS NOT NULL;
CREATE INDEX messages_by_account ON messages (account_id, id) WHERE account_id IS NOT NULL;
CREATE INDEX messages_by_age ON messages (made_at);

CREATE TABLE message_tries (
    message_id BLOB NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    number     INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    took_ms    INTEGER NOT NULL,
    status     INTEGER,
    outcome    TEXT NOT NULL,
    PRIMARY KEY (message_id, number)
) STRICT, WITHOUT ROWID;

-- Reports of which it was told that their sale ends soon.
CREATE TABLE urgent_reports (
    report_id BLOB PRIMARY KEY NOT NULL REFERENCES reports (id) ON DELETE CASCADE,
    ends_at   INTEGER NOT NULL,
    told_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
