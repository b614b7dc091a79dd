-- $1 tenant, $2 generation, $3 sequence of the checkpoint, $4 sequence of the event, $5 reason. Only while the checkpoint
-- stands where the lane failed: a lane that has lost the tenant parks nothing.
UPDATE kpi.generations
SET parked_reason = $5, parked_sequence = $4, parked_at = now()
WHERE tenant_id = $1 AND generation = $2 AND sequence = $3 AND status <> 'dropping'
