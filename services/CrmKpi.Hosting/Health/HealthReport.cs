using System.Text.Json.Serialization;
using CrmKpi.Hosting.Startup;
using CrmKpi.Postgres;
using Microsoft.Extensions.DependencyInjection;

namespace CrmKpi.Hosting.Health;

/// <summary>The answer of <c>/health/ready</c>: reasons by name of the condition that fails.</summary>
internal sealed record HealthAnswer(string Status, IReadOnlyDictionary<string, string> Reasons);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HealthAnswer))]
internal sealed partial class HealthJson : JsonSerializerContext;

/// <summary>Asks all conditions of readiness; remembers the answer for a moment, so that probing it is no load.</summary>
internal sealed class HealthReport(
    Readiness readiness, IEnumerable<ReadinessCheck> checks, IServiceProvider services, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CheckMax = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _one = new(1);
    private IReadOnlyDictionary<string, string> _reasons = new Dictionary<string, string>();
    private DateTimeOffset _until = DateTimeOffset.MinValue;

    public async Task<IReadOnlyDictionary<string, string>> Reasons(CancellationToken ct)
    {
        if (!readiness.IsReady)
            return new Dictionary<string, string> { ["service"] = "starting or stopping" };
        await _one.WaitAsync(ct);
        try
        {
            if (time.GetUtcNow() < _until)
                return _reasons;
            _reasons = await Ask(ct);
            _until = time.GetUtcNow() + Fresh;
            return _reasons;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<IReadOnlyDictionary<string, string>> Ask(CancellationToken ct)
    {
        var reasons = new Dictionary<string, string>();
        var all = services.GetService<Database>() is { } database
            ? checks.Prepend(new ReadinessCheck("database", token => Reach(database, token)))
            : checks;
        foreach (var check in all)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(CheckMax);
            try
            {
                if (await check.Check(limit.Token) is { } reason)
                    reasons[check.Name] = reason;
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                // The text of an exception may name hosts; its type says enough to anybody.
                reasons[check.Name] = e is OperationCanceledException ? "no answer in time" : e.GetType().Name;
            }
        }
        return reasons;
    }

    private static async ValueTask<string?> Reach(Database database, CancellationToken ct)
    {
        await using var command = database.DataSource.CreateCommand("SELECT 1");
        await command.ExecuteScalarAsync(ct);
        return null;
    }
}
