-- The row of a tenant for Marten's daemon: nobody's but of the migrations, and of whoever erases that tenant.
ALTER TABLE events.mt_tenant_partitions ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_tenant ON events.mt_tenant_partitions
USING (partition_value = (SELECT current_setting('crmkpi.tenant', true)));

-- The daemon's own tables name a tenant within their values. They are open to whoever works with the daemon; who erases
-- a tenant reaches what names that tenant. An id needs no escaping in a pattern: it is made of letters, digits and
-- hyphens.
CREATE FUNCTION events.names_tenant(progression varchar) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT progression LIKE '%:' || nullif(current_setting('crmkpi.tenant', true), '')
$$;
CREATE FUNCTION events.names_tenant(letter jsonb) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT letter::text ~ ('[":]' || nullif(current_setting('crmkpi.tenant', true), '') || '"')
$$;
REVOKE EXECUTE ON FUNCTION events.names_tenant(varchar), events.names_tenant(jsonb) FROM PUBLIC;

ALTER TABLE events.mt_event_progression ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_all ON events.mt_event_progression USING (true);
CREATE POLICY of_tenant ON events.mt_event_progression AS RESTRICTIVE TO crmkpi_privacy
USING (events.names_tenant(name));
ALTER TABLE events.mt_doc_deadletterevent ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_all ON events.mt_doc_deadletterevent USING (true);
CREATE POLICY of_tenant ON events.mt_doc_deadletterevent AS RESTRICTIVE TO crmkpi_privacy
USING (events.names_tenant(data));
