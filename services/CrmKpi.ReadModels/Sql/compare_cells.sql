-- $1 tenant, $2 live generation, $3 fresh one, $4 examples wanted. Cells by their decoded dimension values, so that a damaged
-- dictionary shows as well; zero cells are equal to none. Reads in the snapshot of read_checkpoints.sql, locks nothing.
WITH decoded AS (
    SELECT c.generation, c.measure, c.day, d."values" AS dims, c.bucket,
        sum(c.count) AS count, sum(c.sum) AS sum, sum(c.sum_of_squares) AS squares
    FROM kpi.cube c
    LEFT JOIN kpi.dimension_sets d ON d.tenant_id = c.tenant_id AND d.id = c.dims
    WHERE c.tenant_id = $1 AND c.generation IN ($2, $3)
    GROUP BY c.generation, c.measure, c.day, d."values", c.bucket
    HAVING NOT (sum(c.count) = 0 AND sum(c.sum) = 0 AND sum(c.sum_of_squares) = 0)
), pairs AS (
    SELECT measure, day, dims, bucket,
        max(count) FILTER (WHERE generation = $2) AS live_count, max(count) FILTER (WHERE generation = $3) AS count,
        max(sum) FILTER (WHERE generation = $2) AS live_sum, max(sum) FILTER (WHERE generation = $3) AS sum,
        max(squares) FILTER (WHERE generation = $2) AS live_squares,
        max(squares) FILTER (WHERE generation = $3) AS squares
    FROM decoded
    GROUP BY measure, day, dims, bucket
), compared AS (
    SELECT *, row(live_count, live_sum, live_squares) IS DISTINCT FROM row(count, sum, squares) AS differs FROM pairs
)
SELECT count(*), count(*) FILTER (WHERE differs), coalesce((
    SELECT array_agg(text) FROM (
        SELECT format('measure %s, day %s, bucket %s, dimensions %s: live (%s, %s, %s), recomputed (%s, %s, %s)',
            measure, date '0001-01-01' + day, bucket, dims, live_count, live_sum, live_squares, count, sum, squares) AS text
        FROM compared WHERE differs
        ORDER BY measure, day, bucket
        LIMIT $4) AS examples), '{}')
FROM compared
