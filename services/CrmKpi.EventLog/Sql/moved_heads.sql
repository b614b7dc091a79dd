-- A whole-table read of a few dozen bytes a tenant; an index on the time would make each append maintain it.
SELECT tenant_id, last_seq FROM events.tenant_heads WHERE recorded_at >= $1 AND last_seq > 0 ORDER BY tenant_id
