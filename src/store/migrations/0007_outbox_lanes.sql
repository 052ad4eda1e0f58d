-- Effects that may hold each other up share a lane: those on one host. Older ones are given theirs when they are due.
ALTER TABLE outbox ADD COLUMN lane TEXT NOT NULL DEFAULT '';
DROP INDEX outbox_by_due;
CREATE INDEX outbox_by_lane ON outbox (lane, due_at);
