UPDATE control.own_kpi_sets SET version = $2 WHERE owner = $1
