SELECT owner, version FROM control.own_kpi_sets WHERE owner = ANY ($1)
