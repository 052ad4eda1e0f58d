-- The first schema. Times are microseconds since 1970 UTC; ids are 16-byte UUIDs; JSON is text that json_valid accepts.

CREATE TABLE accounts (
    id            BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    email         TEXT NOT NULL UNIQUE,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('owner', 'partner', 'officer', 'supervisor', 'auditor', 'administrator')),
    partner_id    BLOB REFERENCES partners (id),
    password_hash TEXT,
    enabled       INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    created_at    INTEGER NOT NULL,
    CHECK ((role = 'partner') = (partner_id IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    secret_hash BLOB PRIMARY KEY NOT NULL CHECK (length(secret_hash) = 32),
    account_id  BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_account ON sessions (account_id);

CREATE TABLE tokens (
    id          BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    secret_hash BLOB NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    prefix      TEXT NOT NULL,
    label       TEXT NOT NULL,
    account_id  BLOB REFERENCES accounts (id) ON DELETE CASCADE,
    partner_id  BLOB REFERENCES partners (id),
    created_at  INTEGER NOT NULL,
    revoked_at  INTEGER,
    CHECK ((account_id IS NULL) <> (partner_id IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE partners (
    id          BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    slug        TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    photo_hosts TEXT NOT NULL CHECK (json_valid(photo_hosts)),
    created_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE letters (
    id              BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    partner_id      BLOB NOT NULL REFERENCES partners (id),
    legal_basis     TEXT NOT NULL CHECK (legal_basis IN ('voluntary_letter', 'statute', 'court_order')),
    reference       TEXT NOT NULL,
    valid_from      INTEGER NOT NULL,
    valid_to        INTEGER NOT NULL CHECK (valid_to > valid_from),
    threshold       REAL NOT NULL CHECK (threshold > 0 AND threshold < 1),
    askable         TEXT NOT NULL CHECK (json_valid(askable)),
    approvals       INTEGER NOT NULL CHECK (approvals >= 1),
    response_hours  INTEGER NOT NULL CHECK (response_hours >= 1),
    retention_days  INTEGER NOT NULL CHECK (retention_days >= 1),
    document_sha256 BLOB CHECK (length(document_sha256) = 32),
    revoked_by      BLOB REFERENCES accounts (id),
    revoked_at      INTEGER,
    created_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX letters_by_partner ON letters (partner_id, valid_to);

-- What was read from distinct photo bytes. The bytes themselves lie in files named by the hash.
CREATE TABLE photos (
    sha256              BLOB PRIMARY KEY NOT NULL CHECK (length(sha256) = 32),
    size_bytes          INTEGER NOT NULL,
    format              TEXT NOT NULL,
    width               INTEGER NOT NULL,
    height              INTEGER NOT NULL,
    body_serial         TEXT,
    lens_serial         TEXT,
    fingerprint_version INTEGER NOT NULL,
    fingerprint         BLOB NOT NULL,
    created_at          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE items (
    id              BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    owner_id        BLOB NOT NULL REFERENCES accounts (id),
    status          TEXT NOT NULL CHECK (status IN ('registered', 'stolen', 'recovered', 'withdrawn')),
    theft_report_id BLOB REFERENCES theft_reports (id),
    description     TEXT NOT NULL CHECK (json_valid(description)),
    value_hundredths INTEGER,
    value_currency  TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    CHECK ((status = 'stolen') = (theft_report_id IS NOT NULL)),
    CHECK ((value_hundredths IS NULL) = (value_currency IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX items_by_owner ON items (owner_id);

CREATE TABLE item_photos (
    item_id BLOB NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    number  INTEGER NOT NULL CHECK (number >= 1),
    sha256  BLOB NOT NULL REFERENCES photos (sha256),
    PRIMARY KEY (item_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_photos_by_photo ON item_photos (sha256);

CREATE TABLE theft_reports (
    id              BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    reporter_id     BLOB NOT NULL REFERENCES accounts (id),
    from_at         INTEGER NOT NULL,
    to_at           INTEGER NOT NULL CHECK (to_at >= from_at),
    place           TEXT NOT NULL CHECK (json_valid(place)),
    crime_reference TEXT,
    circumstances   TEXT NOT NULL,
    status          TEXT NOT NULL CHECK (status IN ('unverified', 'verified', 'rejected')),
    decided_by      BLOB REFERENCES accounts (id),
    decided_at      INTEGER,
    created_at      INTEGER NOT NULL,
    CHECK ((status = 'unverified') = (decided_by IS NULL)),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX theft_reports_by_status ON theft_reports (status, created_at);

CREATE TABLE theft_report_items (
    theft_report_id BLOB NOT NULL REFERENCES theft_reports (id),
    item_id         BLOB NOT NULL REFERENCES items (id),
    PRIMARY KEY (theft_report_id, item_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX theft_report_items_by_item ON theft_report_items (item_id);

CREATE TABLE deliveries (
    id          BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    partner_id  BLOB NOT NULL REFERENCES partners (id),
    received_at INTEGER NOT NULL,
    size_bytes  INTEGER NOT NULL,
    sha256      BLOB NOT NULL CHECK (length(sha256) = 32),
    accepted    INTEGER NOT NULL,
    unchanged   INTEGER NOT NULL,
    rejected    INTEGER NOT NULL,
    rejected_lines TEXT NOT NULL CHECK (json_valid(rejected_lines))
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_by_partner ON deliveries (partner_id, received_at);

CREATE TABLE listings (
    id             BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    partner_id     BLOB NOT NULL REFERENCES partners (id),
    reference      TEXT NOT NULL,
    status         TEXT NOT NULL CHECK (status IN ('active', 'sold', 'ended', 'withdrawn')),
    seller_key     BLOB CHECK (length(seller_key) = 32),
    content_sha256 BLOB NOT NULL CHECK (length(content_sha256) = 32),
    draft          TEXT NOT NULL CHECK (json_valid(draft)),
    ends_at        INTEGER,
    revision       INTEGER NOT NULL CHECK (revision >= 1),
    received_at    INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    UNIQUE (partner_id, reference)
) STRICT, WITHOUT ROWID;
CREATE INDEX listings_by_age ON listings (updated_at);
CREATE INDEX listings_by_seller ON listings (seller_key) WHERE seller_key IS NOT NULL;
CREATE INDEX listings_active ON listings (partner_id) WHERE status = 'active';

-- Every revision as it was received, after redaction.
CREATE TABLE listing_revisions (
    listing_id  BLOB NOT NULL REFERENCES listings (id) ON DELETE CASCADE,
    revision    INTEGER NOT NULL,
    delivery_id BLOB REFERENCES deliveries (id),
    received_at INTEGER NOT NULL,
    draft       TEXT NOT NULL CHECK (json_valid(draft)),
    PRIMARY KEY (listing_id, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE listing_photos (
    listing_id      BLOB NOT NULL REFERENCES listings (id) ON DELETE CASCADE,
    number          INTEGER NOT NULL CHECK (number >= 1),
    url             TEXT,
    expected_sha256 BLOB CHECK (length(expected_sha256) = 32),
    state           TEXT NOT NULL CHECK (state IN ('pending', 'held', 'failed')),
    sha256          BLOB REFERENCES photos (sha256),
    attempts        INTEGER NOT NULL DEFAULT 0,
    error           TEXT,
    PRIMARY KEY (listing_id, number),
    CHECK ((state = 'held') = (sha256 IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX listing_photos_by_photo ON listing_photos (sha256) WHERE sha256 IS NOT NULL;

-- The one sequence over item and listing changes. A later change of the same thing makes the earlier row superfluous.
CREATE TABLE changes (
    seq  INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('item', 'listing')),
    id   BLOB NOT NULL CHECK (length(id) = 16),
    UNIQUE (kind, id)
) STRICT;

-- How far each reader of the sequence has come.
CREATE TABLE cursors (
    name TEXT PRIMARY KEY NOT NULL,
    seq  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE reports (
    id              BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    number          INTEGER NOT NULL UNIQUE,
    item_id         BLOB NOT NULL REFERENCES items (id),
    listing_id      BLOB NOT NULL REFERENCES listings (id),
    theft_report_id BLOB NOT NULL REFERENCES theft_reports (id),
    state           TEXT NOT NULL CHECK (state IN ('open', 'in review', 'confirmed', 'dismissed', 'closed')),
    state_detail    TEXT NOT NULL CHECK (json_valid(state_detail)),
    officer_id      BLOB REFERENCES accounts (id),
    probability     REAL NOT NULL,
    assessment      TEXT NOT NULL CHECK (json_valid(assessment)),
    raised_at       INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    UNIQUE (item_id, listing_id, theft_report_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX reports_by_state ON reports (state, probability);
CREATE INDEX reports_by_listing ON reports (listing_id);

CREATE TABLE report_events (
    report_id BLOB NOT NULL REFERENCES reports (id),
    number    INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    by_id     BLOB REFERENCES accounts (id),
    step      TEXT NOT NULL,
    note      TEXT,
    PRIMARY KEY (report_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE disclosure_requests (
    id             BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    report_id      BLOB NOT NULL REFERENCES reports (id),
    letter_id      BLOB NOT NULL REFERENCES letters (id),
    partner_id     BLOB NOT NULL REFERENCES partners (id),
    fields         TEXT NOT NULL CHECK (json_valid(fields)),
    purpose_case   TEXT NOT NULL,
    purpose_reason TEXT NOT NULL,
    requested_by   BLOB NOT NULL REFERENCES accounts (id),
    requested_at   INTEGER NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('requested', 'refused', 'asked', 'answered', 'declined')),
    state_detail   TEXT NOT NULL CHECK (json_valid(state_detail)),
    -- The partner's answer, encrypted with the request's id as associated data. The key is not in this database.
    identity_sealed BLOB,
    CHECK ((state = 'answered') OR (identity_sealed IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX disclosure_requests_by_report ON disclosure_requests (report_id);
CREATE INDEX disclosure_requests_by_partner ON disclosure_requests (partner_id, state);

CREATE TABLE disclosure_approvals (
    request_id  BLOB NOT NULL REFERENCES disclosure_requests (id),
    approver_id BLOB NOT NULL REFERENCES accounts (id),
    approved    INTEGER NOT NULL CHECK (approved IN (0, 1)),
    reason      TEXT,
    at          INTEGER NOT NULL,
    PRIMARY KEY (request_id, approver_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE questions (
    id          BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    item_id     BLOB NOT NULL REFERENCES items (id),
    listing_id  BLOB NOT NULL REFERENCES listings (id),
    owner_id    BLOB NOT NULL REFERENCES accounts (id),
    assessment  TEXT NOT NULL CHECK (json_valid(assessment)),
    asked_at    INTEGER NOT NULL,
    answer      TEXT CHECK (answer IN ('mine', 'not_mine')),
    answered_at INTEGER,
    UNIQUE (item_id, listing_id),
    CHECK ((answer IS NULL) = (answered_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX questions_by_owner ON questions (owner_id, asked_at);

-- Effects that leave the service: written with their cause, done afterwards, tried again until done.
CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    effect     TEXT NOT NULL CHECK (json_valid(effect)),
    due_at     INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outbox_by_due ON outbox (due_at);

CREATE TABLE audit_entries (
    number         INTEGER PRIMARY KEY NOT NULL,
    at             INTEGER NOT NULL,
    actor          TEXT NOT NULL CHECK (json_valid(actor)),
    action         TEXT NOT NULL,
    subject_kind   TEXT NOT NULL,
    subject_id     BLOB,
    purpose_case   TEXT,
    purpose_reason TEXT,
    detail         TEXT NOT NULL CHECK (json_valid(detail)),
    hash           BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX audit_entries_by_actor ON audit_entries (actor, number);
CREATE INDEX audit_entries_by_subject ON audit_entries (subject_id, number);
CREATE INDEX audit_entries_by_case ON audit_entries (purpose_case, number);

-- The log is append-only for every statement that this program can run.
CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_entries_remain BEFORE DELETE ON audit_entries BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
