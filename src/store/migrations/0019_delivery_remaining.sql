-- A large delivery is taken in by several transactions: how many of its listings are still to come.
ALTER TABLE deliveries ADD COLUMN remaining INTEGER NOT NULL DEFAULT 0;
