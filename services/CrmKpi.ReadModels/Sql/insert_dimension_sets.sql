-- $1 tenant, $2 first id, $3 … $15 the values by dimension. No ON CONFLICT: an id that is taken means that another lane
-- has written the dictionary since this one read it, and the transaction must not go on.
INSERT INTO kpi.dimension_sets (tenant_id, id, "values")
SELECT $1, $2 + row - 1, ARRAY[v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13]
FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
    $12::text[], $13::text[], $14::text[], $15::text[])
    WITH ORDINALITY AS sets (v1, v2, v3, v4, v5, v6, v7, v8, v9, v10, v11, v12, v13, row)
