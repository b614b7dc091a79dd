SELECT tenant FROM control.open_deletions($1) AS tenant
