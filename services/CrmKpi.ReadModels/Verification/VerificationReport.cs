namespace CrmKpi.ReadModels.Verification;

/// <summary>The last verification of a tenant: its read models compared with ones computed anew from the log.</summary>
/// <param name="State"><c>running</c>, <c>done</c> or <c>failed</c>.</param>
/// <param name="Detail">Why it failed.</param>
/// <param name="Sequence">The sequence at which both were compared.</param>
/// <param name="Cells">Cells compared.</param>
/// <param name="Facts">Facts compared.</param>
/// <param name="Differences">Cells and facts that differ; 0 = the read models are right.</param>
/// <param name="Examples">Some of the differences in words.</param>
/// <param name="RecomputedSequence">How far the recomputation is, while it runs.</param>
/// <param name="LiveSequence">How far the live read models are.</param>
public sealed record VerificationReport(
    string State, string? Detail, long? Sequence, long? Cells, long? Facts, long? Differences,
    IReadOnlyList<string> Examples, DateTimeOffset RequestedAt, DateTimeOffset? FinishedAt, long? RecomputedSequence,
    long? LiveSequence);
