-- Registering a tenant readies the log for it, whatever the rights of who registers: these tables are nobody else's.
ALTER FUNCTION events.register_tenant() SECURITY DEFINER;
ALTER FUNCTION events.register_tenant() SET search_path = pg_catalog, pg_temp;
REVOKE EXECUTE ON FUNCTION events.register_tenant() FROM PUBLIC;

-- What is copied in is the tenant's whom the transaction has set: the role that copies may not name another.
ALTER TABLE events.mt_events ALTER COLUMN tenant_id SET DEFAULT current_setting('crmkpi.tenant', true);
