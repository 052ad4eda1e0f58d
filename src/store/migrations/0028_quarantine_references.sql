-- The partner's own id of a record that waits, where it could be read: the same listing, taken in later, lets the record go.
ALTER TABLE quarantine ADD COLUMN reference TEXT;
CREATE INDEX quarantine_by_reference ON quarantine (partner_id, reference) WHERE reference IS NOT NULL;
