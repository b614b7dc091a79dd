using System.Net;
using CrmKpi.Hosting.Startup;
using CrmKpi.Ingestion;
using CrmKpi.Postgres.Embedded;
using CrmKpi.Testing;
using Microsoft.Extensions.DependencyInjection;
using static CrmKpi.Services.Tests.Ingestion.SampleEvents;

namespace CrmKpi.Services.Tests.Ingestion;

/// <summary>The database goes away in the middle of a stream.</summary>
public sealed class LostDatabaseTests
{
    [Fact]
    public async Task The_answer_says_what_is_stored_and_sending_again_is_free()
    {
        await using var server = await PostgresFixture.StartOwn();
        var output = new StringWriter();
        await using var service = IngestionHost.Build([], builder =>
        {
            Installation.Listen(builder);
            builder.Configuration["Postgres:ConnectionString"] = server.Server.ConnectionString;
            builder.Services.AddSingleton(new FirstKeyOutput(output));
        });
        await service.StartAsync();
        using var client = Installation.Client(service, Installation.KeyIn(output.ToString()));
        Assert.Equal(HttpStatusCode.Created, (await client.PutText("/v1/tenants/acme", """{"name":"Acme"}""")).StatusCode);

        var lines = Leads(20_000);
        var pipe = new System.IO.Pipelines.Pipe();
        var content = new StreamContent(pipe.Reader.AsStream());
        content.Headers.TryAddWithoutValidation("Content-Type", HttpExtensions.Lines);
        var posting = client.PostAsync("/v1/tenants/acme/events", content);
        await OpenStreams.Write(pipe.Writer, lines[..(lines.Length / 2)]);
        while ((await (await client.GetAsync("/v1/tenants/acme/events?after=2000&limit=1")).Json()).GetProperty("events").GetArrayLength() == 0)
            await Task.Delay(50);
        await server.Server.DisposeAsync();
        var rest = Task.Run(async () =>
        {
            await OpenStreams.Write(pipe.Writer, lines[(lines.Length / 2)..]);
            await pipe.Writer.CompleteAsync();
        });
        using var answer = await posting;
        var problem = await answer.Problem(503, "database_unavailable");
        var stored = problem.GetProperty("accepted").GetInt64();
        Assert.InRange(stored, 2_000, 19_999);
        await rest;

        await using var again = await EmbeddedServer.Start(server.DataDirectory);
        while ((await client.GetAsync("/health/ready")).StatusCode != HttpStatusCode.OK)
            await Task.Delay(100);
        var tally = await (await client.PostEvents("acme", lines)).Json();
        Assert.Equal(20_000, tally.GetProperty("accepted").GetInt64() + tally.GetProperty("duplicates").GetInt64());
        Assert.InRange(tally.GetProperty("duplicates").GetInt64(), stored, 20_000);
        Assert.Equal(20_001, tally.GetProperty("sequence").GetInt64());
    }
}
