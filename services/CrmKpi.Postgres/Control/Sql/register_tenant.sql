-- A trigger of the log gives the new tenant its head and its partition row in the same transaction: a tenant is never
-- half there. Two registrations at once: the second waits for the first and then inserts nothing. $4: where it lives.
INSERT INTO control.tenants (id, name, agency, database) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO NOTHING
