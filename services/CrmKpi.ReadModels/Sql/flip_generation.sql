-- $1 tenant, $2 the building generation, $3 its sequence, $4 the live one, $5 its sequence. Both rows are locked and
-- compared, so that a zombie lane cannot bring back an old build. Answers the number of rows that were at the place given.
WITH locked AS MATERIALIZED (
    SELECT generation FROM kpi.generations
    WHERE tenant_id = $1
      AND ((generation = $2 AND status = 'building' AND sequence = $3)
        OR (generation = $4 AND status = 'live' AND sequence = $5))
    ORDER BY generation
    FOR UPDATE
), retired AS (
    UPDATE kpi.generations SET status = 'dropping'
    WHERE tenant_id = $1 AND generation = $4 AND (SELECT count(*) FROM locked) = 2
)
SELECT count(*) FROM locked
