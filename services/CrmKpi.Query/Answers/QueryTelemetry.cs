using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace CrmKpi.Query.Answers;

/// <summary>What queries tell of themselves.</summary>
internal static class QueryTelemetry
{
    /// <summary>Source of metrics.</summary>
    public const string Name = "CrmKpi.Query";

    private static readonly Meter Meter = new(Name);

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "crmkpi.query.duration", "s", "Answering a question about KPIs, from memory or computed.");

    /// <summary>Measures an answer until it is disposed.</summary>
    public static Timed Answers(string kind) => new(kind, Duration.Enabled ? Stopwatch.GetTimestamp() : 0);

    /// <summary>An answer under way.</summary>
    internal readonly struct Timed(string kind, long began) : IDisposable
    {
        public void Dispose()
        {
            if (began != 0)
                Duration.Record(
                    Stopwatch.GetElapsedTime(began).TotalSeconds, new KeyValuePair<string, object?>("crmkpi.query.kind", kind));
        }
    }
}
