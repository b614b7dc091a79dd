-- $1 payloads. In a transaction of its own: a NOTIFY within a projection commit would make all commits of the database
-- wait for each other on the notification queue's lock.
SELECT pg_notify('crmkpi_cube', payload) FROM unnest($1::text[]) AS payload
