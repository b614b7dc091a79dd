SELECT control.read_home_version()
