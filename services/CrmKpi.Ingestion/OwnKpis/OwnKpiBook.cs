using System.Text.Json;
using CrmKpi.Domain.Kpis.Own;
using CrmKpi.Hosting.Problems;
using CrmKpi.Postgres.Control;

namespace CrmKpi.Ingestion.OwnKpis;

/// <summary>Whose KPIs are changed, and on whose they may rest.</summary>
/// <param name="Tenant">Null: the KPIs of the agency.</param>
internal sealed record OwnKpiScope(string Agency, string? Tenant)
{
    public OwnKpiOwner Owner => Tenant is null ? OwnKpiOwner.Agency(Agency) : OwnKpiOwner.Tenant(Tenant);
}

/// <summary>What a change did.</summary>
internal sealed record OwnKpiResult(bool Created, bool Changed, long Version, OwnKpi Kpi);

/// <summary>
/// Saves the KPIs that agencies and tenants define. A change is refused unless the definition can be computed, and
/// every other
/// one of the owner that could be computed before still can.
/// </summary>
internal sealed class OwnKpiBook(OwnKpiStore store)
{
    /// <summary>Saves a definition; the same one again changes nothing.</summary>
    public async Task<OwnKpiResult> Put(
        OwnKpiScope scope, string id, JsonElement body, ActedBy by, CancellationToken ct)
    {
        var kpi = Read(id, body);
        var (created, changed) = (false, false);
        var version = await Change(scope, by, held =>
        {
            created = held.All(k => k.Id != id);
            changed = created || !IsSame(held.First(k => k.Id == id).Json, kpi);
            return changed ? [new OwnKpiChange(id, OwnKpiJson.Text(kpi))] : [];
        }, ct);
        return new OwnKpiResult(created, changed, version, kpi);
    }

    /// <summary>Takes a definition away; false when there is none.</summary>
    public async Task<bool> Delete(OwnKpiScope scope, string id, ActedBy by, CancellationToken ct)
    {
        var found = false;
        await Change(
            scope, by, held => (found = held.Any(k => k.Id == id)) ? [new OwnKpiChange(id, null)] : [], ct);
        return found;
    }

    /// <summary>Changes definitions, all or none of them.</summary>
    public async Task<long> Change(
        OwnKpiScope scope, ActedBy by, Func<IReadOnlyList<StoredKpi>, IReadOnlyList<OwnKpiChange>> decide,
        CancellationToken ct)
    {
        var below = scope.Tenant is null ? [] : Stored(await Rows(OwnKpiOwner.Agency(scope.Agency), ct));
        return await store.Change(scope.Owner, by, rows =>
        {
            var held = Stored(rows);
            var changes = decide(held);
            Check(scope, below, held, changes);
            return changes;
        }, ct);
    }

    /// <summary>The definitions of an owner.</summary>
    public async Task<OwnKpiRows> Rows(OwnKpiOwner owner, CancellationToken ct) =>
        (await store.Read([owner], ct))[owner];

    /// <summary>The KPIs of a tenant, or of an agency.</summary>
    public async Task<KpiSet> SetOf(OwnKpiScope scope, CancellationToken ct)
    {
        var agency = OwnKpiOwner.Agency(scope.Agency);
        var rows = await store.Read(scope.Tenant is null ? [agency] : [agency, scope.Owner], ct);
        return KpiSet.Of(Stored(rows[agency]), scope.Tenant is null ? [] : Stored(rows[scope.Owner]), "");
    }

    /// <summary>What is wrong with a definition, as an answer.</summary>
    public static ProblemException Refusal(KpiProblem problem) => new(
        new Problem(StatusCodes.Status400BadRequest, problem.Code, problem.Detail)
        {
            Pointer = problem.Pointer,
            Allowed = problem.Allowed,
            Members = problem.Line is null ? null : json =>
            {
                json.WriteNumber("line", problem.Line.Value);
                json.WriteNumber("column", problem.Column!.Value);
            },
        });

    public static IReadOnlyList<StoredKpi> Stored(OwnKpiRows rows) =>
        [.. rows.Kpis.Select(k => new StoredKpi(k.Id, k.Definition))];

    /// <summary>True when a stored definition says the same.</summary>
    public static bool IsSame(string stored, OwnKpi kpi)
    {
        try
        {
            return OwnKpiJson.Read(kpi.Id, stored) == kpi;
        }
        catch (KpiProblemException)
        {
            // A definition that this version cannot read is none that it could be asked to save.
            return false;
        }
    }

    private static OwnKpi Read(string id, JsonElement body)
    {
        if (OwnKpi.ProblemOf(id) is { } problem)
            throw Refusal(problem);
        try
        {
            return OwnKpiJson.Read(id, body);
        }
        catch (KpiProblemException e)
        {
            throw Refusal(e.Problem);
        }
    }

    private static void Check(
        OwnKpiScope scope, IReadOnlyList<StoredKpi> below, IReadOnlyList<StoredKpi> held,
        IReadOnlyList<OwnKpiChange> changes)
    {
        if (changes.Count == 0)
            return;
        var changed = changes.ToDictionary(c => c.Id, c => c.Definition, StringComparer.Ordinal);
        List<StoredKpi> after =
        [
            .. held.Where(k => !changed.ContainsKey(k.Id)),
            .. changes.Where(c => c.Definition is not null).Select(c => new StoredKpi(c.Id, c.Definition!)),
        ];
        if (after.Count > OwnKpi.PerOwnerMax && after.Count > held.Count)
            throw new ProblemException(new Problem(
                StatusCodes.Status409Conflict, "too_many_kpis",
                $"There may be {OwnKpi.PerOwnerMax} own KPIs; delete one first."));
        var (before, now) = (SetOf(scope, below, held), SetOf(scope, below, after));
        foreach (var change in changes)
            if (change.Definition is not null && now.Find(change.Id)!.Problem is { } problem)
                throw Refusal(problem);
        var broken = before.Own
            .Where(e => e.Problem is null && !changed.ContainsKey(e.Id) && now.Find(e.Id)?.Problem is not null)
            .Select(e => e.Id).ToList();
        if (broken.Count > 0)
            throw new ProblemException(new Problem(
                StatusCodes.Status409Conflict, "kpi_in_use",
                $"Other KPIs refer to this one and could not be computed any more: {string.Join(", ", broken)}. Change them first. "
                + now.Find(broken[0])!.Problem!.Detail));
    }

    private static KpiSet SetOf(OwnKpiScope scope, IEnumerable<StoredKpi> below, IEnumerable<StoredKpi> own) =>
        scope.Tenant is null ? KpiSet.Of(own, [], "") : KpiSet.Of(below, own, "");
}
