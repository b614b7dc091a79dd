SELECT last_seq FROM events.tenant_heads WHERE tenant_id = $1
