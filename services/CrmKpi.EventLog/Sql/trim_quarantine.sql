-- Removes the tenant's oldest rows beyond so many rows or bytes. The newest row always stays. Two at once remove the
-- same rows: the second waits for the first and then finds them gone.
DELETE FROM control.quarantine
WHERE tenant_id = $1 AND id IN (
    SELECT id
    FROM (
        SELECT
            id, row_number() OVER newest AS place, sum(octet_length(body)) OVER newest AS bytes
        FROM control.quarantine
        WHERE tenant_id = $1
        WINDOW newest AS (ORDER BY id DESC)
    ) AS placed
    WHERE place > 1 AND (place > $2 OR bytes > $3))
