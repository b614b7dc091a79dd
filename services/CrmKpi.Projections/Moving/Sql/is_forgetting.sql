-- $1 tenant. Whether somebody is being forgotten: a log that changes is not copied.
SELECT EXISTS (SELECT FROM control.forgettings WHERE tenant_id = $1 AND finished_at IS NULL)
