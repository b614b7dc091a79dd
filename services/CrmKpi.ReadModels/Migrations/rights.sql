-- Who may do what with the read models; see the file of the same name of CrmKpi.Postgres.
GRANT USAGE ON SCHEMA kpi TO crmkpi_project, crmkpi_query, crmkpi_privacy, crmkpi_monitor, crmkpi_project_copy;
REVOKE ALL ON ALL TABLES IN SCHEMA kpi
FROM crmkpi_ingest, crmkpi_project, crmkpi_query, crmkpi_privacy, crmkpi_ingest_copy, crmkpi_project_copy;

GRANT SELECT, INSERT, UPDATE, DELETE ON kpi.generations TO crmkpi_project;
GRANT SELECT, INSERT ON kpi.dimension_sets TO crmkpi_project;
GRANT SELECT, INSERT, DELETE ON kpi.cube_changes TO crmkpi_project;
GRANT SELECT, INSERT, UPDATE ON kpi.verifications TO crmkpi_project;
GRANT EXECUTE ON FUNCTION kpi.tenants_with_work(integer) TO crmkpi_project;
GRANT EXECUTE ON FUNCTION kpi.lag(), kpi.lag_events() TO crmkpi_project, crmkpi_query, crmkpi_monitor;

GRANT SELECT ON kpi.generations, kpi.dimension_sets, kpi.cube_changes, kpi.verifications TO crmkpi_query;

-- Forgetting a person renames dimension values and begins a generation.
GRANT UPDATE ("values") ON kpi.dimension_sets TO crmkpi_privacy;
GRANT INSERT, UPDATE ON kpi.generations TO crmkpi_privacy;

-- The cube and the tables of facts, which migrations add: all of one kind.
SELECT kpi.ready_tables();
