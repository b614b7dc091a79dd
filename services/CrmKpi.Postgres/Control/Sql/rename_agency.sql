-- The row lock keeps two renamings apart, so that each act in the trail tells the name that it replaced.
UPDATE control.agencies AS agency SET name = $2
FROM (SELECT id, name FROM control.agencies WHERE id = $1 FOR UPDATE) AS before
WHERE agency.id = before.id AND before.name <> $2
RETURNING before.name
