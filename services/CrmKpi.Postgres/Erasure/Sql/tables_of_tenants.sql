-- All tables with a tenant, as they are at this moment; the partitions through their whole.
SELECT c.relnamespace::regnamespace || '.' || c.relname
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
WHERE c.relnamespace::regnamespace::text IN ('control', 'events', 'kpi') AND c.relkind IN ('r', 'p')
    AND NOT c.relispartition
    AND c.relname <> 'deletions'
ORDER BY 1
