SELECT revoked_at IS NOT NULL FROM control.api_keys WHERE id = $1
