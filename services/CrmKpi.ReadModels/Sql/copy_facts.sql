COPY kpi.{table} (tenant_id, generation, sequence, id, folded{columns}) FROM STDIN (FORMAT binary)
-- {table}, {columns} come from the fact schema. Only entities that have no row yet.
