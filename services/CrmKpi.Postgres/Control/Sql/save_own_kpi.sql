INSERT INTO control.own_kpis (owner, id, definition, version) VALUES ($1, $2, $3::jsonb, $4)
ON CONFLICT (owner, id) DO UPDATE
SET definition = excluded.definition, version = excluded.version, updated_at = now()
