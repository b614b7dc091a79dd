-- $1 tenant. In the target, for Marten's daemon.
INSERT INTO events.mt_tenant_partitions (partition_value, partition_suffix) VALUES ($1, replace($1, '-', '_'))
ON CONFLICT (partition_value) DO NOTHING
