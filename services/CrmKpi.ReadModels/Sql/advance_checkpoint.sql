-- $1 tenant, $2 generation, $3 from, $4 to, $5 with facts, $6 settings or null, $7 counting key or null. The compare-and-set
-- of every projection commit, and its first statement: a zombie lane stops here, before it has written anything.
SELECT kpi.advance_checkpoint($1, $2, $3, $4, $5, $6, $7)
