-- All tenants that do not live in the main database: for whoever looks over all of them.
SELECT tenant_id, database FROM control.tenant_homes()
