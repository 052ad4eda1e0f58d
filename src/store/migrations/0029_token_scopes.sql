-- What a partner's system may do with a token, when it was used last, and when it ends. Tokens made before may do all.
ALTER TABLE tokens ADD COLUMN scopes TEXT NOT NULL DEFAULT 'listings checks requests';
ALTER TABLE tokens ADD COLUMN used_at INTEGER;
ALTER TABLE tokens ADD COLUMN expires_at INTEGER;
