SELECT tenant, id FROM control.open_forgettings($1)
