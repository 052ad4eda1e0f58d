-- Whether somebody else chose the password, so that its person must change it before anything else.
ALTER TABLE accounts ADD COLUMN password_change_due INTEGER NOT NULL DEFAULT 0 CHECK (password_change_due IN (0, 1));
