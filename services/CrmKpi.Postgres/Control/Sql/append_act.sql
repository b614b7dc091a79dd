-- Takes the agency's row lock, held until the transaction ends: acts of an agency are numbered in the order of their commits and
-- without gaps, so that a reader never sees 8 before 7. It comes last in its transaction, to be held for a moment only.
WITH head AS (
    UPDATE control.agencies SET audit_head = audit_head + 1 WHERE id = $1 RETURNING audit_head
)
INSERT INTO control.audit (agency, sequence, type, subject, actor, request_id, changes)
SELECT $1, audit_head, $2, $3, $4::jsonb, $5, $6::jsonb FROM head
