using System.Text.Json;
using CrmKpi.Hosting.Problems;

namespace CrmKpi.Ingestion.Keys;

/// <summary>The body of <c>POST /v1/keys/{id}/rotate</c>: <c>{"overlapHours": 24}</c>, or none at all.</summary>
internal static class RotationRequest
{
    private const double OverlapHoursDefault = 24;
    private const double OverlapHoursMax = 720;

    /// <summary>How long the old key goes on; throws 400 with the place.</summary>
    public static async Task<TimeSpan> Read(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentType is null && request.ContentLength is null or 0)
            return TimeSpan.FromHours(OverlapHoursDefault);
        using var body = await JsonBody.Read(request, ct);
        JsonBody.RequireOnly(body.RootElement, "overlapHours");
        if (!body.RootElement.TryGetProperty("overlapHours", out var overlap))
            return TimeSpan.FromHours(OverlapHoursDefault);
        if (overlap.ValueKind != JsonValueKind.Number)
            throw JsonBody.Invalid("wrong_type", "'overlapHours' must be a number.", "/overlapHours");
        return overlap.TryGetDouble(out var hours) && hours is >= 0 and <= OverlapHoursMax
            ? TimeSpan.FromHours(hours)
            : throw JsonBody.Invalid(
                "out_of_range",
                $"'overlapHours' is a number from 0 (the old key ends at once) to {OverlapHoursMax}.", "/overlapHours");
    }
}
