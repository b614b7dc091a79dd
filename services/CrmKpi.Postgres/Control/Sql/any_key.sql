SELECT EXISTS (SELECT FROM control.api_keys)
