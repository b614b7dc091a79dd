-- Two registrations at once: the second waits for the first and then inserts nothing.
INSERT INTO control.agencies (id, name) VALUES ($1, $2)
ON CONFLICT (id) DO NOTHING
