using System.Text.Json;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Privacy;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres.Control;
using CrmKpi.ReadModels.Privacy;

namespace CrmKpi.Projections.Erasure;

/// <summary>How far a person is forgotten; it never tells who that is.</summary>
/// <param name="State"><c>masking</c> the log, <c>rebuilding</c> what was made from it, <c>done</c>.</param>
/// <param name="Pseudonym">What stands in the log in place of the id.</param>
/// <param name="Events">Events masked.</param>
/// <param name="Quarantined">Refused events that named the person, and were deleted.</param>
internal sealed record ForgettingAnswer(
    Guid Id, string Kind, string Pseudonym, string State, DateTimeOffset RequestedAt, DateTimeOffset? MaskedAt,
    DateTimeOffset? FinishedAt, long Events, long Quarantined);

/// <summary>
/// <c>POST /v1/tenants/{tenant}/forget</c> forgets a customer or a user; <c>GET …/forget/{id}</c> tells how far it is.
/// </summary>
internal static class ForgetEndpoints
{
    private const string Kind = "kind";
    private const string Id = "id";

    private static readonly string[] Kinds = ["customer", "user"];

    public static void MapForget(this WebApplication app)
    {
        app.MapPost("/v1/tenants/{tenant}/forget", Post).RequireScope(Scopes.Admin);
        app.MapGet("/v1/tenants/{tenant}/forget/{id}", Get).RequireScope(Scopes.Admin);
    }

    // The id comes in the body: paths and query strings stand in logs of proxies.
    private static async Task<IResult> Post(
        string tenant, HttpContext context, PersonForgetting people, ErasureService service, CancellationToken ct)
    {
        using var body = await JsonBody.Read(context.Request, ct);
        JsonBody.RequireOnly(body.RootElement, Kind, Id);
        var kind = KindOf(body.RootElement);
        var begun = await people.Begin(
            tenant, context.Caller().Agency, kind, IdOf(body.RootElement), context.ActedBy(), ct);
        service.Wake();
        context.Response.Headers.Location = $"/v1/tenants/{tenant}/forget/{begun.Id}";
        return Results.Json(Answer(begun), statusCode: StatusCodes.Status202Accepted);
    }

    private static async Task<IResult> Get(string tenant, string id, PersonForgetting people, CancellationToken ct) =>
        Guid.TryParse(id, out var wanted) && await people.Find(tenant, wanted, ct) is { } found
            ? Results.Json(Answer(found))
            : throw new ProblemException(new Problem(
                StatusCodes.Status404NotFound, "forgetting_not_found", "The tenant has forgotten nobody under this id."));

    private static PersonKind KindOf(JsonElement body) => TextOf(body, Kind) switch
    {
        "customer" => PersonKind.Customer,
        "user" => PersonKind.User,
        null => throw JsonBody.Invalid("missing_field", "'kind' is required: customer or user.", "/kind", Kinds),
        _ => throw JsonBody.Invalid("unknown_value", "'kind' must be customer or user.", "/kind", Kinds),
    };

    private static string IdOf(JsonElement body)
    {
        if (TextOf(body, Id) is not { Length: > 0 } id)
            throw JsonBody.Invalid(
                "missing_field", "'id' is required: the person's id in its source, as events have it.", "/id");
        return id.Length <= EventField.ShortTextCharsMax ? id : throw JsonBody.Invalid(
            "too_long", $"'id' has at most {EventField.ShortTextCharsMax} characters, as in events.", "/id");
    }

    private static string? TextOf(JsonElement body, string name)
    {
        if (!body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        return value.ValueKind == JsonValueKind.String
            ? value.GetString() : throw JsonBody.Invalid("wrong_type", $"'{name}' must be a text.", $"/{name}");
    }

    private static ForgettingAnswer Answer(Forgetting f) => new(
        f.Id, PersonMask.KindName(f.Kind), f.Pseudonym,
        f switch { { FinishedAt: not null } => "done", { MaskedAt: not null } => "rebuilding", _ => "masking" },
        f.RequestedAt, f.MaskedAt, f.FinishedAt, f.Events, f.Quarantined);
}
