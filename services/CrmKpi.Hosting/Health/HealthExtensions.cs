using CrmKpi.Hosting.Startup;
using CrmKpi.Postgres;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace CrmKpi.Hosting.Health;

/// <summary>One condition of readiness.</summary>
/// <param name="Name">Shown in the answer.</param>
/// <param name="Check">Null when all is well, else the reason; shown to anybody, so without secrets.</param>
public sealed record ReadinessCheck(string Name, Func<CancellationToken, ValueTask<string?>> Check);

/// <summary>
/// <c>/health/live</c>: the process answers; never touches the database, so that a database outage restarts nothing.
/// <c>/health/ready</c>: it can do its work now. <c>/health/startup</c>: its start is done.
/// </summary>
public static class HealthExtensions
{
    /// <summary>Registers readiness; with a database, its reachability is part of it.</summary>
    public static WebApplicationBuilder AddHealth(this WebApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddSingleton<HealthReport>();
        return builder;
    }

    /// <summary>Adds a condition of readiness.</summary>
    public static WebApplicationBuilder AddReadinessCheck(
        this WebApplicationBuilder builder, Func<IServiceProvider, ReadinessCheck> check)
    {
        builder.Services.AddSingleton(check);
        return builder;
    }

    /// <summary>Maps the addresses, open to anybody.</summary>
    public static void MapHealth(this WebApplication app)
    {
        var readiness = app.Services.GetRequiredService<Readiness>();
        if (app.Services.GetService<Database>() is null)
            readiness.Started();
        app.MapGet("/health/startup", () => readiness.HasStarted
            ? Results.Text("""{"status":"started"}""", "application/json")
            : Results.Text("""{"status":"starting"}""", "application/json", statusCode: StatusCodes.Status503ServiceUnavailable))
            .AllowAnonymous();
        app.MapGet("/health/live", () => Results.Text("""{"status":"live"}""", "application/json")).AllowAnonymous();
        app.MapGet("/health/ready", async (HealthReport report, HttpResponse response, CancellationToken ct) =>
        {
            var reasons = await report.Reasons(ct);
            response.Headers.CacheControl = "no-store";
            return Results.Json(
                new HealthAnswer(reasons.Count == 0 ? "ready" : "not_ready", reasons), HealthJson.Default.HealthAnswer,
                statusCode: reasons.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
        }).AllowAnonymous();
    }
}
