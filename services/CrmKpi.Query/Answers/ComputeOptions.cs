using System.ComponentModel.DataAnnotations;

namespace CrmKpi.Query.Answers;

/// <summary>
/// How many answers are computed at a time: section <c>Compute</c>. An answer that is known already does not wait and does not count.
/// </summary>
public sealed class ComputeOptions : IValidatableObject
{
    /// <summary>The section.</summary>
    public const string Section = "Compute";

    /// <summary>Answers computed at a time.</summary>
    [Range(1, 1_024)]
    public int AtOnceMax { get; set; } = Environment.ProcessorCount + 1;

    /// <summary>Of these, answers of one tenant: with fewer than all, others always find a place.</summary>
    [Range(1, 1_024)]
    public int TenantAtOnceMax { get; set; } = Environment.ProcessorCount;

    /// <summary>Requests of one tenant that wait; beyond it the answer is 503.</summary>
    [Range(1, 100_000)]
    public int TenantWaitingMax { get; set; } = 128;

    /// <summary>Requests that wait, all tenants together.</summary>
    [Range(1, 1_000_000)]
    public int WaitingMax { get; set; } = 2_048;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (TenantAtOnceMax > AtOnceMax)
            yield return new ValidationResult(
                $"Compute:TenantAtOnceMax is {TenantAtOnceMax}, more than Compute:AtOnceMax, {AtOnceMax}.", [nameof(TenantAtOnceMax)]);
    }
}
