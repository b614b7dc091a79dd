-- Waits for registrations under way, which hold the row (control.keep_tenant_quota).
INSERT INTO control.agency_quotas (agency, events_per_day, tenants_max)
SELECT id, $2, $3 FROM control.agencies WHERE id = $1
ON CONFLICT (agency) DO UPDATE
SET events_per_day = EXCLUDED.events_per_day, tenants_max = EXCLUDED.tenants_max, updated_at = now()
