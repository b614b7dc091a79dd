-- $1 tenant, $2 id, $3 kind, $4 person. Under the lock of the head: what comes after it is not looked at. What else is
-- in a lead's or deal's stream is about its customer too; what a user manages is not about the user.
UPDATE control.forgettings
SET streams = CASE WHEN $3 = 'customer' THEN ARRAY(
    SELECT DISTINCT stream_id FROM events.mt_events
    WHERE tenant_id = $1 AND data ->> 'customer' = $4 AND stream_id NOT LIKE 'campaign/%') ELSE '{}' END,
    until = (SELECT last_seq FROM events.tenant_heads WHERE tenant_id = $1)
WHERE tenant_id = $1 AND id = $2
