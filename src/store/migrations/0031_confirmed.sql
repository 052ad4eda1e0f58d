-- When the person of a session last gave their password again, for acts that ask for it.
ALTER TABLE sessions ADD COLUMN confirmed_at INTEGER;
