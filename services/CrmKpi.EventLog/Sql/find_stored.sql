-- Runs after the head lock as a statement of its own: under READ COMMITTED it sees all that was appended before the
-- lock was had. LIMIT keeps the planner from anything but one look into the unique index for each id, also where it has
-- no statistics yet.
SELECT stored.id, stored.seq_id
FROM unnest($2::uuid[]) AS sent (id)
CROSS JOIN LATERAL (SELECT id, seq_id FROM events.mt_events WHERE tenant_id = $1 AND id = sent.id LIMIT 1) AS stored
