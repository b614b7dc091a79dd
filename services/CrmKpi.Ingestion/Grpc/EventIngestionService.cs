using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Grpc;
using CrmKpi.Hosting.Problems;
using CrmKpi.Ingestion.Events;
using CrmKpi.Postgres.Control;
using CrmKpi.V1;
using Microsoft.Extensions.Options;

namespace CrmKpi.Ingestion.Grpc;

/// <summary><c>crmkpi.v1.EventIngestion</c>: the intake for clients that speak gRPC.</summary>
internal sealed class EventIngestionService(EventIntake intake, IntakeBudget budget)
{
    private const string ExpectedVersion = "expected_version";

    /// <summary>Appends some events in one transaction.</summary>
    public async Task<AppendResponse> Append(AppendRequest request, ServerCall call)
    {
        await call.RequireTenant(request.Tenant);
        if (request.Events.Count == 0)
            throw new ProblemException(KnownProblems.BadParameter("events", "'events' is required: one or more."));
        if (request.HasExpectedVersion && request.ExpectedVersion < 0)
            throw new ProblemException(KnownProblems.BadParameter(
                ExpectedVersion, "The expected version is a whole number from 0 (the stream does not exist)."));
        var events = AppendChecks.RequireFewEnough(request.Events);
        var bytes = request.CalculateSize();
        using var room = budget.Take(request.Tenant, AppendChecks.BytesInMemory(bytes));
        var chunk = CloudEventJson.Chunk(events, bytes);
        var tally = await intake.Take(
            request.Tenant, chunk,
            request.HasExpectedVersion ? new GuardedVersion(request.ExpectedVersion, ExpectedVersion) : null,
            call.CancellationToken);
        chunk.Recycle();
        return tally.IsAllRejected ? throw AppendMessages.AllRejected(tally) : AppendMessages.Of(tally);
    }

    /// <summary>Appends batch by batch, each acknowledged.</summary>
    public Task AppendStream(
        StreamReader<AppendStreamRequest> requests, StreamWriter<AppendStreamResponse> responses, ServerCall call) =>
        new BatchStream(intake, budget, requests, responses, call).Run();
}

/// <summary>Registers and maps it.</summary>
internal static class EventIngestionExtensions
{
    public static void MapEventIngestion(this WebApplication app)
    {
        var service = app.Services.GetRequiredService<EventIngestionService>();
        // A message is what a batch is over REST.
        var limits = new GrpcLimits
        {
            ReceiveBytesMax = app.Services.GetRequiredService<IOptions<IngestionOptions>>().Value.BatchBytesMax,
        };
        app.MapGrpcService(
                EventIngestionReflection.Descriptor.Services.Single(),
                methods => methods
                    .Unary<AppendRequest, AppendResponse>(nameof(EventIngestionService.Append), service.Append)
                    .Duplex<AppendStreamRequest, AppendStreamResponse>(nameof(EventIngestionService.AppendStream), service.AppendStream),
                limits)
            .RequireScope(Scopes.Ingest);
    }
}
