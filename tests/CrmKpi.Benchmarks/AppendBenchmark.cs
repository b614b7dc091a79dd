using System.Text;
using CrmKpi.EventLog;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Embedded;

namespace CrmKpi.Benchmarks;

/// <summary>
/// Goal 1: appends in process, duplicates checked, against raw COPY of the same rows into a copy of the table with the
/// same indexes. Both write the same batches, each durable before the next, by as many writers, into an empty database,
/// in turn.
/// </summary>
public static class AppendBenchmark
{
    private const int Tenants = 10;
    private const int EventsPerTenant = 20_000;
    private const int EventsPerBatch = 2_000;
    private const int EventsPerStream = 5;
    private const int Writers = 2;
    private const string Reference = "raw COPY, same table and indexes";

    /// <param name="server">A durable server.</param>
    public static async Task<BenchmarkRow[]> Run(EmbeddedServer server, int rounds = 5, CancellationToken ct = default)
    {
        var inRow = Histories(interleaved: false);
        var interleaved = Histories(interleaved: true);
        var inRowRaw = await Rows(server, inRow, ct);
        var interleavedRaw = await Rows(server, interleaved, ct);
        List<double> inRowCopies = [], inRows = [], interleavedCopies = [], mixed = [];
        for (var round = 0; round < rounds; round++)
        {
            inRowCopies.Add(await Copy(server, inRowRaw, ct));
            inRows.Add(await Append(server, inRow, ct));
            interleavedCopies.Add(await Copy(server, interleavedRaw, ct));
            mixed.Add(await Append(server, interleaved, ct));
        }
        return
        [
            Row($"append, {EventsPerBatch} a batch, {EventsPerStream} a stream in a row", inRows, inRowCopies),
            Row($"append, {EventsPerBatch} a batch, streams interleaved", mixed, interleavedCopies),
        ];
    }

    private static BenchmarkRow Row(string name, List<double> values, List<double> references) =>
        BenchmarkRow.OfMedians(name, "events/s", values, Reference, references);

    private static string Tenant(int number) => BenchmarkDatabase.Tenant(number);

    /// <summary>The batches of each tenant.</summary>
    private static NewEvent[][][] Histories(bool interleaved)
    {
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        const int Streams = EventsPerTenant / EventsPerStream;
        return [.. Enumerable.Range(0, Tenants).Select(tenant => Enumerable.Range(0, EventsPerTenant).Select(n =>
        {
            var deal = interleaved ? n % Streams : n / EventsPerStream;
            var amount = $$"""{"amount":"{{n}}.50","currency":"EUR"}""";
            var data =
                $$"""
                {"stage":"stage-{{n % 7}}","manager":"m{{n % 13}}","pipeline":"main","source":"web","amount":{{amount}},
                "comment":"call back on day {{n % 31}}"}
                """;
            return new NewEvent(
                "bench", $"event-{n}", "deal.stage_changed", $"deal/{deal}", start.AddSeconds(n),
                Encoding.UTF8.GetBytes(data));
        }).Chunk(EventsPerBatch).ToArray())];
    }

    /// <summary>
    /// The rows of an appended log, as PostgreSQL itself writes them in binary, a chunk for each batch.
    /// </summary>
    private static async Task<byte[][][]> Rows(EmbeddedServer server, NewEvent[][][] histories, CancellationToken ct)
    {
        await using var fresh = await BenchmarkDatabase.Create(server, Tenants, ct);
        await Append(fresh.Database, histories, ct);
        var chunks = new byte[Tenants][][];
        for (var tenant = 0; tenant < Tenants; tenant++)
        {
            chunks[tenant] = new byte[EventsPerTenant / EventsPerBatch][];
            for (var batch = 0; batch < chunks[tenant].Length; batch++)
            {
                await using var connection = await fresh.Database.DataSource.OpenConnectionAsync(ct);
                await using var source = await connection.BeginRawBinaryCopyAsync(
                    $"""
                    COPY (
                        SELECT * FROM events.mt_events
                        WHERE tenant_id = '{Tenant(tenant)}'
                          AND seq_id > {batch * EventsPerBatch} AND seq_id <= {(batch + 1) * EventsPerBatch}
                        ORDER BY seq_id)
                    TO STDOUT (FORMAT BINARY)
                    """, ct);
                using var bytes = new MemoryStream();
                await source.CopyToAsync(bytes, ct);
                chunks[tenant][batch] = bytes.ToArray();
            }
        }
        return chunks;
    }

    private static async Task<double> Copy(EmbeddedServer server, byte[][][] chunks, CancellationToken ct)
    {
        await using var fresh = await BenchmarkDatabase.Create(server, Tenants, ct);
        return await Time(async tenant =>
        {
            foreach (var chunk in chunks[tenant])
            {
                await using var connection = await fresh.Database.DataSource.OpenConnectionAsync(ct);
                await using var target = await connection.BeginRawBinaryCopyAsync(
                    "COPY events.mt_events FROM STDIN (FORMAT BINARY)", ct);
                await target.WriteAsync(chunk, ct);
            }
        }, ct);
    }

    private static async Task<double> Append(EmbeddedServer server, NewEvent[][][] histories, CancellationToken ct)
    {
        await using var fresh = await BenchmarkDatabase.Create(server, Tenants, ct);
        return await Append(fresh.Database, histories, ct);
    }

    private static async Task<double> Append(Database database, NewEvent[][][] histories, CancellationToken ct)
    {
        await using var log = new EventLog.EventLog(database);
        var rate = await Time(async tenant =>
        {
            foreach (var batch in histories[tenant])
            {
                var result = await log.Append(Tenant(tenant), batch, ct: ct);
                if (result.Accepted != batch.Length)
                    throw new InvalidOperationException($"{result.Accepted} of {batch.Length} events were accepted.");
            }
        }, ct);
        for (var tenant = 0; tenant < Tenants; tenant++)
            if (await log.Head(Tenant(tenant), ct) != EventsPerTenant)
                throw new InvalidOperationException("Not all events are in the log.");
        return rate;
    }

    private static Task<double> Time(Func<int, Task> write, CancellationToken ct) =>
        BenchmarkDatabase.EventsPerSecond(Tenants, EventsPerTenant, Writers, write, ct);
}
