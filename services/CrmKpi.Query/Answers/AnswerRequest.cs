using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Settings;
using CrmKpi.Query.AsOf;
using CrmKpi.Query.Parameters;

namespace CrmKpi.Query.Answers;

/// <summary>A checked request for an answer about any tenant: what its query string said, and how to compute it.</summary>
internal abstract record AnswerRequest
{
    /// <summary>What is asked for, for telemetry: one of a few words.</summary>
    public abstract string Kind { get; }

    /// <summary>The measures that the snapshot must hold.</summary>
    public required IReadOnlyCollection<Measure> Measures { get; init; }

    /// <summary>The same for a tenant whose settings say what is answered.</summary>
    public virtual IReadOnlyCollection<Measure> MeasuresIn(TenantSettings settings) => Measures;

    /// <summary>Equal for equal questions, whatever the order of their parameters.</summary>
    public required string Canonical { get; init; }

    public required FormatParameters Format { get; init; }

    /// <summary>What the caller calls the parameters, for problems that only the tenant's cube shows.</summary>
    public ParameterNames Names { get; init; } = ParameterNames.QueryString;

    /// <summary>The answer must reflect this event.</summary>
    public required long MinSequence { get; init; }

    /// <summary>The point in the past that is asked about; null = now.</summary>
    public AsOfPoint? AsOf { get; init; }

    /// <summary>Computes and writes the answer; what it says depends on the snapshot, the day and the request alone.</summary>
    public abstract CachedAnswer Render(CubeSnapshot snapshot, DateOnly today, CancellationToken ct);
}
