-- $1 rules version. Looks over all tenants, which no role of a service may; the function answers nothing but what stands here.
SELECT tenant_id, head, newest_generation FROM kpi.tenants_with_work($1)
