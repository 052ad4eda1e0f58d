-- What an officer saw, beside what they conclude from it, which is the event's note.
ALTER TABLE report_events ADD COLUMN facts TEXT;
