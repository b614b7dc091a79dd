COPY kpi.cube (tenant_id, generation, measure, day, dims, bucket, count, sum, sum_of_squares) FROM STDIN (FORMAT binary)
-- Into a generation that has no cells yet: no conflict is possible.
