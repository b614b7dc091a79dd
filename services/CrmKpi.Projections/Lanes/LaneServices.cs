using CrmKpi.ReadModels.Generations;
using CrmKpi.ReadModels.Store;
using CrmKpi.ReadModels.Verification;

namespace CrmKpi.Projections.Lanes;

/// <summary>What every lane works with.</summary>
internal sealed record LaneServices(
    EventLog.EventLog Log, ProjectionStore Store, GenerationStore Generations, VerificationStore Verifications,
    CubeNotifier Notifier, LaneOptions Options, ILogger Logger);
