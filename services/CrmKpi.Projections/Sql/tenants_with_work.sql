-- $1 rules version. Tenants whose log is ahead of their live read models, or that have a generation to build, compare or
-- drop. Both tables are a few dozen bytes a tenant; idle tenants cost nothing beyond this look.
SELECT head.tenant_id, head.last_seq, coalesce(max(g.generation), 0)
FROM events.tenant_heads head
LEFT JOIN kpi.generations g ON g.tenant_id = head.tenant_id
WHERE head.last_seq > 0
GROUP BY head.tenant_id, head.last_seq
HAVING coalesce(max(g.sequence) FILTER (WHERE g.status = 'live'), 0) < head.last_seq
    OR coalesce(bool_or(g.status <> 'live' OR g.rules_version < $1), true)
