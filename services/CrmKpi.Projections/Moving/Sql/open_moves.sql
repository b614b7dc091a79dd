SELECT tenant FROM control.open_moves($1) AS tenant
