-- The row lock: of two rotations of a key at once the second waits here. It must look at what the first did in a statement of its own:
-- this one's snapshot is older than the wait, and would not see the successor.
SELECT FROM control.api_keys WHERE id = $1 FOR UPDATE
