using System.Net;
using System.Text;
using CrmKpi.Cli.Import;
using CrmKpi.Cli.Server;
using CrmKpi.Connectors.Csv;

namespace CrmKpi.EndToEnd.Tests.Cli;

public sealed class ImporterTests : IDisposable
{
    private const int Many = 45_000;

    private readonly FakeServer _server = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("crmkpi-importer-").FullName;

    [Fact]
    public async Task Sends_everything_in_requests_of_limited_size()
    {
        var seen = new List<ImportProgress>();
        var report = await Import(Many, progress: seen.Add);
        Assert.Equal((Many, 0, 0), (report.Accepted, report.Duplicates, report.Rejected));
        Assert.Equal(Many, _server.Stored);
        Assert.Equal([20_000, 40_000, Many], seen.Select(p => p.Sent));
    }

    [Fact]
    public async Task Repeats_what_met_overload_or_a_broken_connection()
    {
        _server.Fail(HttpStatusCode.ServiceUnavailable, """{"code":"overloaded","detail":"Try later."}""");
        _server.Fail(null);
        _server.Fail(HttpStatusCode.TooManyRequests);
        var waits = new List<string?>();
        var report = await Import(10, progress: p => waits.Add(p.Waiting));
        Assert.Equal(10, report.Accepted);
        Assert.Equal(4, _server.Requests);
        Assert.Equal("Try later.", waits[0]);
        Assert.Contains("no answer", waits[1]);
        Assert.Null(waits[^1]);
    }

    [Fact]
    public async Task A_refusal_is_not_repeated_and_shows_its_code()
    {
        _server.Fail(HttpStatusCode.Forbidden, """{"code":"missing_scope","detail":"The key lacks ingest."}""");
        var e = await Assert.ThrowsAsync<ImportStoppedException>(() => Import(10));
        Assert.Equal("missing_scope", Assert.IsType<ApiException>(e.InnerException).Problem.Code);
        Assert.Equal(1, _server.Requests);
    }

    [Fact]
    public async Task Goes_on_behind_what_was_acknowledged_and_forgets_the_place_when_complete()
    {
        var checkpoint = await NewCheckpoint();
        await Stop(checkpoint);
        Assert.Equal(20_000, checkpoint.Read()!.Events);

        var report = await Import(Many, checkpoint);
        Assert.Equal((20_000, 25_000), (report.Skipped, report.Accepted));
        Assert.Equal((Many, Many), (_server.Stored, _server.Lines));
        Assert.Null(checkpoint.Read());
    }

    [Fact]
    public async Task Begins_anew_when_the_log_is_shorter_than_the_checkpoint_says()
    {
        var checkpoint = await NewCheckpoint();
        await Stop(checkpoint);
        checkpoint.Write(new CheckpointState(40_000, 40_000));
        _server.Forget();
        var report = await Import(Many, checkpoint);
        Assert.Equal(0, report.Skipped);
        Assert.Equal(Many, _server.Stored);
    }

    [Fact]
    public async Task A_checkpoint_belongs_to_server_tenant_and_content()
    {
        var first = await NewCheckpoint();
        first.Write(new CheckpointState(1, 1));
        Assert.NotNull((await NewCheckpoint()).Read());
        Assert.Null((await NewCheckpoint(tenant: "other")).Read());
        Assert.Null((await NewCheckpoint(server: "http://other")).Read());
        Assert.Null((await NewCheckpoint(content: "changed")).Read());
    }

    [Fact]
    public async Task Problems_are_counted_and_strict_stops_at_the_first()
    {
        var problem = new ImportProblem("a.csv", 3, "x", "bad_number", "…");
        IEnumerable<OutgoingEvent> Input() => [.. Events(2), new OutgoingEvent("a.csv", 3, 0, null, default, problem), .. Events(1, from: 7)];

        using var api = new ApiClient(new Uri("http://server"), "key", _server);
        var report = await new Importer(api, "t").Run(Input, 1, default);
        Assert.Equal((3L, 1L), (report.Accepted, report.ProblemCount));
        Assert.Equal(1, report.ProblemsByCode["bad_number"]);

        var e = await Assert.ThrowsAsync<ImportStoppedException>(() => new Importer(api, "t") { Strict = true }.Run(Input, 1, default));
        Assert.Contains("line 3", e.Message);
    }

    [Fact]
    public async Task An_interruption_tells_what_was_done()
    {
        using var stop = new CancellationTokenSource();
        using var api = new ApiClient(new Uri("http://server"), "key", _server);
        var e = await Assert.ThrowsAsync<ImportStoppedException>(() =>
            new Importer(api, "t") { Progress = _ => stop.Cancel() }.Run(() => Events(Many), 1, stop.Token));
        Assert.Equal(20_000, e.Report.Accepted);
    }

    [Fact]
    public void Lines_of_events_are_read_with_their_numbers()
    {
        var path = Path.Combine(_directory, "events.ndjson");
        File.WriteAllText(path, "\uFEFF{\"id\":1}\r\n\n  {\"id\":2}  \n{\"id\":3}" + new string(' ', 1 << 20) + "\n{\"id\":4}", new UTF8Encoding(false));
        var read = NdjsonFile.Read(path, default).ToList();
        Assert.Equal([1, 3, 4, 5], read.Select(e => e.Line));
        Assert.Equal(["{\"id\":1}", "{\"id\":2}", "", "{\"id\":4}"], read.Select(e => Encoding.UTF8.GetString(e.Raw.Span)));
        Assert.Equal("line_too_long", read[2].Problem!.Code);
    }

    private async Task Stop(Checkpoint checkpoint)
    {
        using var api = new ApiClient(new Uri("http://server"), "key", _server);
        var importer = new Importer(api, "t")
        {
            Checkpoint = checkpoint,
            Progress = p => _server.Fail(HttpStatusCode.Unauthorized, """{"code":"unauthorized","detail":"…"}"""),
        };
        await Assert.ThrowsAsync<ImportStoppedException>(() => importer.Run(() => Events(Many), 1, default));
    }

    private async Task<ImportReport> Import(int count, Checkpoint? checkpoint = null, Action<ImportProgress>? progress = null)
    {
        using var api = new ApiClient(new Uri("http://server"), "key", _server);
        return await new Importer(api, "t") { Checkpoint = checkpoint, Progress = progress ?? (_ => { }) }.Run(() => Events(count), 1, default);
    }

    private async Task<Checkpoint> NewCheckpoint(string tenant = "t", string server = "http://server", string content = "content")
    {
        var path = Path.Combine(_directory, "input.csv");
        await File.WriteAllTextAsync(path, content);
        return await Checkpoint.Of(Path.Combine(_directory, "state"), new Uri(server), tenant, [path], default);
    }

    private static IEnumerable<OutgoingEvent> Events(int count, int from = 0) => Enumerable.Range(from, count)
        .Select(i => new OutgoingEvent("events.ndjson", i + 1, 0, null, Encoding.UTF8.GetBytes($$"""{"id":"{{i}}"}"""), null));

    public void Dispose()
    {
        _server.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
