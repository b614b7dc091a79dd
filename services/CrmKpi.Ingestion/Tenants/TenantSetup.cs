using System.Text.Json;
using CrmKpi.Domain.Settings;
using CrmKpi.Hosting.Problems;
using CrmKpi.Ingestion.Events;
using CrmKpi.Postgres.Control;
using CrmKpi.Postgres.Erasure;

namespace CrmKpi.Ingestion.Tenants;

/// <summary>What a set-up did.</summary>
/// <param name="Created">The tenant was not there before.</param>
/// <param name="Changes">How many settings events were appended.</param>
internal sealed record SetupResult(bool Created, int Changes, TenantSettings Settings, long Sequence);

/// <summary>
/// Registers a tenant and brings its settings to what a body says: 1. check the body, 2. register, 3. append what differs.
/// The same body sent again changes nothing.
/// </summary>
internal sealed class TenantSetup(
    TenantStore tenants, TenantErasure erasure, SettingsAppend settings, TimeProvider time)
{
    public async Task<SetupResult> Put(string tenant, ActedBy by, JsonElement body, CancellationToken ct)
    {
        // 1. Check the body, all of it, whatever differs from what is set.
        Check(body);

        // 2. Register.
        var created = false;
        if (await tenants.Find(tenant, ct) is not { } existing)
        {
            if (Name(body) is not { } name)
                throw JsonBody.Invalid("missing_field", "'name' is required to register a tenant.", "/name");
            created = await Register(tenant, name, by, ct);
        }
        else if (existing.Agency != by.Actor.Agency)
        {
            throw new ProblemException(KnownProblems.NoSuchTenant);
        }

        // 3. Bring the settings to what the body says.
        var change = await settings.Append(tenant, by, (stream, at) => Changes(body, stream, at), ct);
        return new SetupResult(created, change.Events, change.Settings, change.Sequence);
    }

    private async Task<bool> Register(string tenant, string name, ActedBy by, CancellationToken ct)
    {
        try
        {
            return await tenants.Register(tenant, name, by.Actor.Agency, by, ct);
        }
        catch (TenantDeletedException)
        {
            // That it was a tenant is for its own agency to know.
            if ((await erasure.Find(tenant, ct))?.Agency != by.Actor.Agency)
                throw new ProblemException(KnownProblems.NoSuchTenant);
            throw;
        }
    }

    private static IEnumerable<SetupPart> Changes(JsonElement body, SettingsStream stream, DateTimeOffset at)
    {
        var before = SettingsJson.Bytes(stream.Fold.Settings);
        var names = SetupShape.Settings.Where(name =>
            stream.Version == 0 || SetupParts.Settings(body, SetupPart.Types.Settings, [name]) is { } one && Differs(one));
        var type = stream.Version == 0 ? SetupPart.Types.Registered : SetupPart.Types.Settings;
        var settings = SetupParts.Settings(body, type, names);
        return new[] { settings }.OfType<SetupPart>().Concat(SetupParts.Others(body).Where(Differs));

        bool Differs(SetupPart part) =>
            !SettingsJson.Bytes(stream.After(part.ToEvent(stream.Version, at).Event!)).AsSpan().SequenceEqual(before);
    }

    private void Check(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            throw JsonBody.Invalid("wrong_type", "The body must be a JSON object.", "");
        if (SetupShape.Unknown(body) is var (unknown, allowed))
            throw JsonBody.Invalid("unknown_property", $"There is no setting at '{unknown}'.", unknown, allowed);
        if (body.TryGetProperty("pipelines", out var pipelines)
            && pipelines.ValueKind is not (JsonValueKind.Array or JsonValueKind.Null))
            throw JsonBody.Invalid("wrong_type", "'pipelines' must be a list.", "/pipelines");

        var now = time.GetUtcNow();
        var settings = SetupParts.Settings(body, SetupPart.Types.Settings, SetupShape.Settings);
        foreach (var part in new[] { settings }.OfType<SetupPart>().Concat(SetupParts.Others(body)))
            if (part.ToEvent(0, now).Problems is [var first, ..] problems)
                throw JsonBody.Invalid(first.Code, IntakeChunk.Summary(problems).Detail, part.PointerOf(first));
        if (body.TryGetProperty("currency", out var currency) && currency.ValueKind == JsonValueKind.String
            && !Iso4217.Codes.Contains(currency.GetString()!))
            throw JsonBody.Invalid("unknown_value", $"'{currency.GetString()}' is not a currency of ISO 4217.", "/currency");
        if (Name(body) is { } name && string.IsNullOrWhiteSpace(name))
            throw JsonBody.Invalid("missing_field", "'name' must not be blank.", "/name");
    }

    private static string? Name(JsonElement body) =>
        body.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString() : null;
}
