-- Who may do what in the schema control. Not a numbered migration: it holds for the tables as they are, and is applied after
-- the migrations whenever one of them or this file is new. A table that is not named here belongs to the migrations alone.
-- Roles: see DatabaseRoles.cs and docs/security.md. The tests know this matrix too (RightsTests).
GRANT USAGE ON SCHEMA control TO crmkpi_ingest, crmkpi_project, crmkpi_query, crmkpi_privacy;
REVOKE ALL ON ALL TABLES IN SCHEMA control
FROM crmkpi_ingest, crmkpi_project, crmkpi_query, crmkpi_privacy, crmkpi_ingest_copy, crmkpi_project_copy;

-- Every service looks up keys and tenants, and whether the schema is the one that it knows.
GRANT SELECT ON control.migrations, control.agencies, control.tenants, control.api_keys
TO crmkpi_ingest, crmkpi_project, crmkpi_query, crmkpi_privacy;

-- Every service finds the database in which a tenant lives.
GRANT EXECUTE ON FUNCTION control.read_home_version(), control.tenant_homes() TO crmkpi_ingest, crmkpi_project, crmkpi_query, crmkpi_privacy;

-- Every service notes when keys were used.
GRANT UPDATE (last_used_at) ON control.api_keys TO crmkpi_project, crmkpi_query;

-- The trail of acts is only ever added to, under the agency's number.
GRANT INSERT ON control.audit TO crmkpi_ingest, crmkpi_project;
GRANT SELECT ON control.audit TO crmkpi_ingest;
GRANT UPDATE (audit_head) ON control.agencies TO crmkpi_ingest, crmkpi_project;

-- Quotas are set and looked at by ingestion; what was used is written by triggers and read through events.agency_usage().
GRANT SELECT, INSERT, UPDATE ON control.agency_quotas TO crmkpi_ingest;

-- Ingestion keeps agencies, tenants, keys and own KPIs.
GRANT INSERT, UPDATE (name) ON control.agencies TO crmkpi_ingest;
GRANT INSERT ON control.tenants TO crmkpi_ingest;
GRANT INSERT, UPDATE ON control.api_keys TO crmkpi_ingest;
GRANT SELECT, INSERT, UPDATE ON control.own_kpi_sets TO crmkpi_ingest;
GRANT SELECT, INSERT, UPDATE, DELETE ON control.own_kpis TO crmkpi_ingest;

GRANT SELECT ON control.own_kpi_sets, control.own_kpis TO crmkpi_query;

-- Erasing: the row of the deletion stays, all else of the tenant goes. FOR UPDATE on a tenant needs the right to change
-- it.
GRANT SELECT, INSERT, UPDATE ON control.deletions TO crmkpi_privacy;
GRANT SELECT ON control.deletions TO crmkpi_ingest;
GRANT EXECUTE ON FUNCTION control.open_deletions(integer) TO crmkpi_privacy;
GRANT UPDATE (name), DELETE ON control.tenants TO crmkpi_privacy;
GRANT SELECT, DELETE ON control.own_kpi_sets, control.own_kpis TO crmkpi_privacy;
GRANT UPDATE (tenants), DELETE ON control.api_keys TO crmkpi_privacy;
GRANT SELECT, INSERT, UPDATE (changes) ON control.audit TO crmkpi_privacy;
GRANT UPDATE (audit_head) ON control.agencies TO crmkpi_privacy;

-- Forgetting people.
GRANT SELECT, INSERT, UPDATE ON control.forgettings TO crmkpi_privacy;
GRANT EXECUTE ON FUNCTION control.open_forgettings(integer) TO crmkpi_privacy;

-- Moving a tenant to another database.
GRANT SELECT, INSERT, UPDATE ON control.moves TO crmkpi_privacy;
GRANT EXECUTE ON FUNCTION control.open_moves(integer) TO crmkpi_privacy;
GRANT INSERT, UPDATE (database) ON control.tenants TO crmkpi_privacy;
GRANT INSERT ON control.agencies, control.usage_days TO crmkpi_privacy;
