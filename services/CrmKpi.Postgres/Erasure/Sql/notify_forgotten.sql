-- $1 tenant. Whoever holds something of the tenant in memory drops it: generation 0 of CubeListener. It is heard with
-- the commit.
SELECT pg_notify('crmkpi_cube', $1 || ':0:0')
