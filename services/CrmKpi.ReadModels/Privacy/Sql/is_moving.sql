-- $1 tenant. In the main database.
SELECT EXISTS (SELECT FROM control.moves WHERE tenant_id = $1 AND finished_at IS NULL)
