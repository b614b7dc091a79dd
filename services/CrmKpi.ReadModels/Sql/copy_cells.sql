COPY kpi.cube (generation, measure, day, dims, bucket, count, sum, sum_of_squares) FROM STDIN (FORMAT binary)
-- Into a generation that has no cells yet: no conflict is possible.
-- In the role crmkpi_project_copy, which may not name a tenant: the column's default is the tenant of the transaction.
