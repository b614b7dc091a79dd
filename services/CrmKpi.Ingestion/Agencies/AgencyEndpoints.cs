using System.Text.Json;
using CrmKpi.Hosting.Access;
using CrmKpi.Hosting.Parameters;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Ingestion.Agencies;

/// <summary>
/// <c>PUT /v1/agencies/{agency}</c> registers an agency or gives it another name, <c>GET</c> shows one,
/// <c>GET /v1/agencies</c> lists all. For operators; an agency may also see itself.
/// </summary>
internal static class AgencyEndpoints
{
    public static void MapAgencies(this WebApplication app)
    {
        app.MapPut("/v1/agencies/{agency}", Put).RequireScope(Scopes.Operator);
        app.MapGet("/v1/agencies/{agency}", Get).RequireKey();
        app.MapGet("/v1/agencies", List).RequireScope(Scopes.Operator).WithParameters(Paging.Parameters);
    }

    private static async Task<IResult> Put(
        string agency, HttpContext context, AgencyStore agencies, CancellationToken ct)
    {
        if (!Agency.IsValidId(agency))
            throw new ProblemException(KnownProblems.BadParameter(
                "agency", $"An agency's id must match {Agency.IdPattern}: lower-case letters, digits and hyphens."));
        using var body = await JsonBody.Read(context.Request, ct);
        JsonBody.RequireOnly(body.RootElement, "name");
        var name = JsonBody.Name(body.RootElement, "by which people know the agency");
        var result = await agencies.Put(agency, name, context.ActedBy(), ct);
        return new JsonAnswer(
            json =>
            {
                json.WriteString("id", agency);
                json.WriteString("name", name);
                json.WriteBoolean("changed", result != Registration.Same);
            },
            result == Registration.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK)
        {
            Location = result == Registration.Created ? $"/v1/agencies/{agency}" : null,
        };
    }

    private static async Task<IResult> Get(string agency, AgencyStore agencies, CancellationToken ct)
    {
        var found = await agencies.Find(agency, ct) ?? throw new ProblemException(KnownProblems.NoSuchAgency);
        return new JsonAnswer(json => WriteMembers(json, found));
    }

    private static async Task<IResult> List(
        HttpContext context, AgencyStore agencies, CancellationToken ct)
    {
        var after = Paging.AfterId(context.Request);
        var limit = Paging.Limit(context.Request);
        var found = await agencies.List(after, limit + 1, ct);
        return new JsonAnswer(json =>
        {
            json.WriteStartArray("agencies");
            foreach (var agency in found.Take(limit))
            {
                json.WriteStartObject();
                WriteMembers(json, agency);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteString("next", found.Count > limit ? found[limit - 1].Id : null);
        });
    }

    private static void WriteMembers(Utf8JsonWriter json, Agency agency)
    {
        json.WriteString("id", agency.Id);
        json.WriteString("name", agency.Name);
        json.WriteString("createdAt", JsonAnswer.Time(agency.CreatedAt));
    }
}
