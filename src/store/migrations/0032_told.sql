-- When a partner that did not say whether it keeps a thing was reminded, and the force told of it.
ALTER TABLE holds ADD COLUMN reminded_at INTEGER;
-- When the officer who asked first looked at what a partner or an owner answered.
ALTER TABLE disclosure_requests ADD COLUMN looked_at INTEGER;
ALTER TABLE report_questions ADD COLUMN looked_at INTEGER;
UPDATE disclosure_requests SET looked_at = requested_at WHERE state IN ('answered', 'declined');
UPDATE report_questions SET looked_at = answered_at WHERE answer IS NOT NULL;
CREATE INDEX disclosure_requests_not_looked_at ON disclosure_requests (requested_by)
    WHERE state IN ('answered', 'declined') AND looked_at IS NULL;
CREATE INDEX report_questions_not_looked_at ON report_questions (asked_by) WHERE answer IS NOT NULL AND looked_at IS NULL;
