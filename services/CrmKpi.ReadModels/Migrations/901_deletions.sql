-- No read models for a tenant that is gone: a lane that begins a generation while the tenant is deleted waits for the
-- tenant's row and then finds it missing. Without a generation nothing else can be written.
ALTER TABLE kpi.generations ADD FOREIGN KEY (tenant_id) REFERENCES control.tenants (id);
