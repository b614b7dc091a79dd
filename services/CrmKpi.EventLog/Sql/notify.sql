SELECT pg_notify('crmkpi_log', payload) FROM unnest($1::text[]) AS payload
