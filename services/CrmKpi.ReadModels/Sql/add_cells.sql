-- $1 tenant, $2 generation, $3 … $9 the changes by column, sorted by key. Adds them to the cells there are. Runs under
-- the row lock of the checkpoint, hence one writer a generation.
INSERT INTO kpi.cube AS cell (tenant_id, generation, measure, day, dims, bucket, count, sum, sum_of_squares)
SELECT $1, $2, change.* FROM unnest($3::smallint[], $4::integer[], $5::integer[], $6::integer[], $7::bigint[],
    $8::numeric[], $9::numeric[]) AS change
ON CONFLICT (tenant_id, generation, measure, day, dims, bucket) DO UPDATE
SET count = cell.count + excluded.count,
    sum = cell.sum + excluded.sum,
    sum_of_squares = cell.sum_of_squares + excluded.sum_of_squares
