SELECT quota.events_per_day, quota.tenants_max
FROM control.agencies AS agency LEFT JOIN control.agency_quotas AS quota ON quota.agency = agency.id
WHERE agency.id = $1
