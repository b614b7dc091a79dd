-- $1 tenant, $2 live generation, $3 fresh one, $4 examples wanted. {table} = a fact table, {row} = its state and typed columns.
-- Reads in the snapshot of read_checkpoints.sql, locks nothing.
WITH compared AS (
    SELECT coalesce(live.id, fresh.id) AS id, live.id IS NULL AS is_missing, fresh.id IS NULL AS is_extra,
        {row} AS differs
    FROM (SELECT * FROM kpi.{table} WHERE tenant_id = $1 AND generation = $2) AS live
    FULL JOIN (SELECT * FROM kpi.{table} WHERE tenant_id = $1 AND generation = $3) AS fresh ON fresh.id = live.id
)
SELECT count(*), count(*) FILTER (WHERE differs), coalesce((
    SELECT array_agg(text) FROM (
        SELECT format('{table} %s: %s', id, CASE WHEN is_missing THEN 'not in the live read model'
            WHEN is_extra THEN 'not in the log' ELSE 'differs from what the log gives' END) AS text
        FROM compared WHERE differs ORDER BY id LIMIT $4) AS examples), '{}')
FROM compared
