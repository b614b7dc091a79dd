-- $1 class of presence locks. One lock a process, named by its backend, held until the session ends.
-- Keep-alives: a process whose machine has gone away loses its session, hence its slots, within seconds.
SELECT set_config('tcp_keepalives_idle', '3', false), set_config('tcp_keepalives_interval', '1', false),
    set_config('tcp_keepalives_count', '3', false), set_config('idle_session_timeout', '0', false),
    pg_advisory_lock($1, pg_backend_pid())
