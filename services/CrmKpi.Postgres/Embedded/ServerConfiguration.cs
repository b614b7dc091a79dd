namespace CrmKpi.Postgres.Embedded;

/// <summary>The settings of an embedded server: a small machine that it shares with the services.</summary>
internal static class ServerConfiguration
{
    /// <summary>Written beside <c>postgresql.conf</c> at each start and included by it.</summary>
    public const string FileName = "crmkpi.conf";

    public static string Text(DataDirectory directory, int port, bool durable)
    {
        var durability = durable ? "on" : "off";
        return $"""
            # Written by CrmKpi at each start: changes here are lost, put yours into postgresql.conf below the include.
            listen_addresses = '127.0.0.1'
            port = {port}
            unix_socket_directories = '{(directory.SocketFits ? Quote(directory.Sockets) : "")}'
            password_encryption = 'scram-sha-256'
            max_connections = 100
            shared_buffers = 256MB
            work_mem = 16MB
            maintenance_work_mem = 128MB
            wal_level = replica
            wal_compression = on
            wal_buffers = 16MB
            min_wal_size = 256MB
            max_wal_size = 2GB
            checkpoint_timeout = 15min
            max_wal_senders = 0
            random_page_cost = 1.1
            jit = off
            fsync = {durability}
            synchronous_commit = {durability}
            full_page_writes = {durability}
            logging_collector = on
            log_directory = '{Quote(directory.Logs)}'
            log_filename = 'postgresql-%a.log'
            log_truncate_on_rotation = on
            log_rotation_age = 1d
            log_rotation_size = 0
            log_checkpoints = off
            timezone = 'UTC'
            log_timezone = 'UTC'

            """;
    }

    private static string Quote(string text) => text.Replace("'", "''", StringComparison.Ordinal);
}
