COPY kpi.{table} (generation, sequence, id, folded{columns}) FROM STDIN (FORMAT binary)
-- {table}, {columns} come from the fact schema. Only entities that have no row yet.
-- In the role crmkpi_project_copy, which may not name a tenant: the column's default is the tenant of the transaction.
