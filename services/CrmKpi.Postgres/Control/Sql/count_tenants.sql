SELECT count(*) FROM control.tenants WHERE agency = $1
