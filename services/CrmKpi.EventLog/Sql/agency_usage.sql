SELECT day, used FROM events.agency_usage($1, $2, $3)
