SELECT tenant_id, last_seq FROM events.tenant_heads WHERE tenant_id > $1 ORDER BY tenant_id LIMIT $2
