-- $1 tenant, $2 generation, $3 measure. In the snapshot of read_live.sql. Values beyond 96 bits come in columns of their
-- own, because the client reads them on a slower path.
SELECT day, dims, bucket, count,
    CASE WHEN abs(sum) < 7e28 THEN sum END,
    CASE WHEN abs(sum) >= 7e28 THEN sum END,
    CASE WHEN abs(sum_of_squares) < 7e28 THEN sum_of_squares END,
    CASE WHEN abs(sum_of_squares) >= 7e28 THEN sum_of_squares END
FROM kpi.cube
WHERE tenant_id = $1 AND generation = $2 AND measure = $3 AND NOT (count = 0 AND sum = 0 AND sum_of_squares = 0)
ORDER BY day, dims, bucket
