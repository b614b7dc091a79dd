using System.Text;
using CrmKpi.EventLog;
using CrmKpi.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace CrmKpi.Benchmarks;

/// <summary>A service of the product, run in this process on a loopback port of its own.</summary>
public sealed class RunningService(WebApplication app) : IAsyncDisposable
{
    /// <summary>Where it listens.</summary>
    public string Url { get; } = app.Urls.First();

    /// <summary>Where it listens for gRPC.</summary>
    public string Http2Url { get; } = app.Urls.Last();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}

/// <summary>Starts services for benchmarks.</summary>
public static class Services
{
    /// <summary>Builds and starts a service, on the database if it takes one, with some settings more.</summary>
    public static async Task<RunningService> Start(
        Func<string[], Action<WebApplicationBuilder>?, WebApplication> build, BenchmarkDatabase? database,
        params (string Key, string Value)[] settings)
    {
        List<string> args = ["--urls=http://127.0.0.1:0", "--Server:Http2Urls=http://127.0.0.1:0", .. settings.Select(s => $"--{s.Key}={s.Value}")];
        if (database is not null)
            args.Add($"--Postgres:ConnectionString={database.ConnectionString}");
        var app = build([.. args], builder => builder.Logging.SetMinimumLevel(LogLevel.Warning));
        await app.StartAsync();
        return new RunningService(app);
    }

    /// <summary>A sample event as the log takes it.</summary>
    public static NewEvent ToNewEvent(SampleEvent e) =>
        new("sample", e.Id, e.Type, e.Subject, e.Time, Encoding.UTF8.GetBytes(e.Data));
}

/// <summary>A server that answers everything with the same bytes: the reference of the query benchmark.</summary>
public sealed class ConstantServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ConstantServer(WebApplication app) => _app = app;

    /// <summary>The answer.</summary>
    public byte[] Body { get; set; } = "{}"u8.ToArray();

    /// <summary>Where it listens.</summary>
    public string Url => _app.Urls.First();

    /// <summary>Starts it on a free port.</summary>
    public static async Task<ConstantServer> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var server = new ConstantServer(app);
        app.Run(async context =>
        {
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = server.Body.Length;
            await context.Response.BodyWriter.WriteAsync(server.Body);
        });
        await app.StartAsync();
        return server;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
