using CrmKpi.EventLog;
using Microsoft.Extensions.Options;

namespace CrmKpi.Query.Answers;

/// <summary>The turns at computing an answer, shared fairly among tenants.</summary>
internal sealed class ComputeTurns(IOptions<ComputeOptions> options)
{
    private readonly FairTurns _turns = new(
        options.Value.AtOnceMax, options.Value.TenantAtOnceMax, options.Value.TenantWaitingMax, options.Value.WaitingMax);

    /// <summary>Waits for a turn; it lasts until disposed.</summary>
    public ValueTask<FairTurns.Turn> Enter(string tenant, CancellationToken ct) => _turns.Enter(tenant, ct);
}
