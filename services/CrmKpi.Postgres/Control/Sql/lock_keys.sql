-- Conflicts with itself and with inserts: of two first starts at once the second waits here and then sees the key of
-- the first.
LOCK TABLE control.api_keys IN SHARE ROW EXCLUSIVE MODE
