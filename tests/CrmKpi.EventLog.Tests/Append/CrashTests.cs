using System.Collections.Concurrent;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Testing;
using Npgsql;

namespace CrmKpi.EventLog.Tests.Append;

public sealed class CrashTests
{
    [Fact]
    public async Task What_was_acknowledged_survives_a_killed_PostgreSQL_and_is_there_once()
    {
        const int Rounds = 3;
        const int Writers = 4;
        await using var own = await PostgresFixture.StartOwn(durable: true);
        await using var database = new Database(own.Server.ConnectionString);
        await Migrator.Apply(database, TestDatabase.Assemblies);
        await new TenantStore(database).Register("one", "one", TenantStore.DefaultAgency);
        await using var log = new EventLog(database);
        var acknowledged = new ConcurrentDictionary<string, bool>();
        using var stop = new CancellationTokenSource();

        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var batch = 0; !stop.IsCancellationRequested; batch++)
            {
                var events = Enumerable.Range(0, 5).Select(i => Given.Event($"{writer}-{batch}-{i}", $"deal/{i}")).ToList();
                // Whatever the caller was told, it may send the same again.
                while (true)
                {
                    try
                    {
                        var result = await log.Append("one", events);
                        Assert.Equal(5, result.Accepted + result.Duplicates);
                        break;
                    }
                    catch (LogUnavailableException)
                    {
                        await Task.Delay(100);
                    }
                }
                foreach (var e in events)
                    acknowledged[e.SourceId] = true;
            }
        })).ToList();

        for (var round = 0; round < Rounds; round++)
        {
            var before = acknowledged.Count;
            while (acknowledged.Count < before + 100)
                await Task.Delay(10);
            await own.Server.Kill();
            await own.Server.Restart();
        }
        var last = acknowledged.Count;
        while (acknowledged.Count < last + 100)
            await Task.Delay(10);
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        var stored = new List<StoredEvent>();
        await foreach (var page in log.Pages("one", 0))
            stored.AddRange(page);
        Assert.Equal(acknowledged.Keys.Order(), stored.Select(e => e.SourceId).Order());
        Assert.Equal(await log.Head("one"), stored[^1].Sequence);
        foreach (var stream in stored.GroupBy(e => e.StreamId))
            Assert.Equal(Enumerable.Range(1, stream.Count()).Select(i => (long)i), stream.Select(e => e.Version));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(300)]
    public async Task A_connection_that_is_cut_in_an_append_is_no_error_for_the_caller(int events)
    {
        await using var db = await Given.DatabaseWith("one");
        await using var log = new EventLog(db.Database);
        using var stop = new CancellationTokenSource();
        var cut = 0L;
        var cutInBatch = 0L;
        var cutter = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                // An append on a slow machine is longer than the pause: fewer cuts than it has tries.
                if (Interlocked.Read(ref cutInBatch) < AppendLimits.TriesMax / 2)
                {
                    var now = await db.Scalar<long>(
                        """
                        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                        WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%mt_events%'
                        """);
                    Interlocked.Add(ref cut, now);
                    Interlocked.Add(ref cutInBatch, now);
                }
                await Task.Delay(40);
            }
        });
        var batches = 0;
        for (; batches < 60 || Interlocked.Read(ref cut) < 3; batches++)
        {
            Interlocked.Exchange(ref cutInBatch, 0);
            var result = await log.Append("one", Given.Events(batches * events, events));
            Assert.Equal(new AppendResult(events, 0, events * (batches + 1)), result);
        }
        await stop.CancelAsync();
        await cutter;
        var stored = 0;
        await foreach (var page in log.Pages("one", 0))
            stored += page.Select(e => e.SourceId).Distinct().Count();
        Assert.Equal(events * batches, stored);
    }

    [Fact]
    public async Task Without_a_database_the_caller_is_told_so()
    {
        await using var own = await PostgresFixture.StartOwn(durable: true);
        await using var database = new Database(own.Server.ConnectionString);
        await Migrator.Apply(database, TestDatabase.Assemblies);
        await new TenantStore(database).Register("one", "one", TenantStore.DefaultAgency);
        await using var log = new EventLog(database);
        await own.Server.Kill();
        var error = await Assert.ThrowsAsync<LogUnavailableException>(() => log.Append("one", Given.Events(0, 1)));
        Assert.IsType<NpgsqlException>(error.InnerException, exactMatch: false);
        await own.Server.Restart();
        Assert.Equal(1, (await log.Append("one", Given.Events(0, 1))).Accepted);
    }
}
