SELECT own_kpi_sets.owner, own_kpi_sets.version, id, definition::text, own_kpis.version, updated_at
FROM control.own_kpi_sets
LEFT JOIN control.own_kpis USING (owner)
WHERE own_kpi_sets.owner = ANY ($1)
ORDER BY own_kpi_sets.owner, id
