-- $1 tenant, $2 sequence. Payload of LogMoved: lanes fold what has come at once.
SELECT pg_notify('crmkpi_log', $1 || ':' || $2)
