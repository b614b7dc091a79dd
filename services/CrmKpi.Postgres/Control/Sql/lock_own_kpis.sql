-- Takes the lock of the owner's row, made if it is not there: of two changes at once the second waits and then sees the first,
-- so that both together cannot make a circle of references or go beyond the limit.
INSERT INTO control.own_kpi_sets AS held (owner) VALUES ($1)
ON CONFLICT (owner) DO UPDATE SET version = held.version
RETURNING version
