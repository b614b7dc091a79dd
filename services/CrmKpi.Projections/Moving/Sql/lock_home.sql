-- $1 tenant. KEY SHARE: a deletion waits, or is waited for.
SELECT database, agency FROM control.tenants WHERE id = $1 FOR KEY SHARE
