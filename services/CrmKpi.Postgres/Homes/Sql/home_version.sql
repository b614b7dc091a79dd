SELECT version FROM control.home_version
