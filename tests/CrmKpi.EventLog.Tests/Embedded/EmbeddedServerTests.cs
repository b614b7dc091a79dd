using CrmKpi.Postgres.Embedded;
using CrmKpi.Testing;
using Npgsql;

namespace CrmKpi.EventLog.Tests.Embedded;

public sealed class EmbeddedServerTests
{
    private static async Task<object?> Ask(EmbeddedServer server, string sql)
    {
        var unpooled = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Pooling = false };
        await using var source = NpgsqlDataSource.Create(unpooled);
        await using var command = source.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    [Fact]
    public async Task Data_survives_a_stop_and_a_start_on_the_same_port()
    {
        var directory = Path.Combine(Path.GetTempPath(), "crmkpi-test-" + Path.GetRandomFileName());
        try
        {
            int port;
            await using (var first = await EmbeddedServer.Start(directory))
            {
                port = first.Port;
                await Ask(first, "CREATE TABLE kept AS SELECT 42 AS n");
            }
            await using var second = await EmbeddedServer.Start(directory);
            Assert.Equal(42, await Ask(second, "SELECT n FROM kept"));
            Assert.Equal(port, second.Port);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task A_second_start_in_a_live_directory_names_it()
    {
        await using var own = await PostgresFixture.StartOwn(durable: false);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => EmbeddedServer.Start(own.DataDirectory));
        Assert.Contains(own.DataDirectory, error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await Ask(own.Server, "SELECT 1"));
    }

    [Fact]
    public async Task Killed_it_comes_back_with_what_was_committed()
    {
        await using var own = await PostgresFixture.StartOwn();
        await Ask(own.Server, "CREATE TABLE kept AS SELECT 42 AS n");
        var killed = own.Server.ProcessId;
        await own.Server.Kill();
        await own.Server.Restart();
        Assert.NotEqual(killed, own.Server.ProcessId);
        Assert.Equal(42, await Ask(own.Server, "SELECT n FROM kept"));
    }

    [Fact]
    public async Task A_left_over_process_id_file_is_no_obstacle()
    {
        await using var own = await PostgresFixture.StartOwn(durable: false);
        await own.Server.Kill();
        // The id of a live process that is no PostgreSQL of this directory: what a reused process id looks like.
        var file = Path.Combine(own.DataDirectory, "pg", "postmaster.pid");
        var lines = await File.ReadAllLinesAsync(file);
        lines[0] = Environment.ProcessId.ToString();
        await File.WriteAllLinesAsync(file, lines);
        await own.Server.Restart();
        Assert.Equal(1, await Ask(own.Server, "SELECT 1"));
    }

    [Fact]
    public async Task A_taken_port_is_replaced_by_a_free_one()
    {
        await using var own = await PostgresFixture.StartOwn(durable: false);
        await own.Server.Kill();
        using var taker = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, own.Server.Port);
        taker.Start();
        var taken = own.Server.Port;
        await own.Server.Restart();
        Assert.NotEqual(taken, own.Server.Port);
        Assert.Equal(1, await Ask(own.Server, "SELECT 1"));
    }

    [Fact]
    public async Task Its_password_is_needed_and_stands_in_no_process_list()
    {
        await using var own = await PostgresFixture.StartOwn(durable: false);
        var password = new NpgsqlConnectionStringBuilder(own.Server.ConnectionString).Password!;
        Assert.True(password.Length >= 32);
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(p => int.TryParse(Path.GetFileName(p), out _)))
        {
            if (!File.Exists(Path.Combine(process, "cmdline")))
                continue;
            Assert.DoesNotContain(password, await ReadIfThere(Path.Combine(process, "cmdline")), StringComparison.Ordinal);
        }
        var wrong = new NpgsqlConnectionStringBuilder(own.Server.ConnectionString) { Password = "wrong", Pooling = false };
        await using var source = NpgsqlDataSource.Create(wrong);
        var error = await Assert.ThrowsAsync<PostgresException>(async () => await source.OpenConnectionAsync());
        Assert.Equal(PostgresErrorCodes.InvalidPassword, error.SqlState);
    }

    private static async Task<string> ReadIfThere(string path)
    {
        try
        {
            return await File.ReadAllTextAsync(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
