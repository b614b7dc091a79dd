using System.Text;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Evaluation;
using CrmKpi.Domain.Periods;
using CrmKpi.Domain.Privacy;
using CrmKpi.EventLog;
using CrmKpi.Postgres;
using CrmKpi.Postgres.Control;
using CrmKpi.Postgres.Erasure;
using CrmKpi.Projections.Lanes;
using CrmKpi.ReadModels.Privacy;
using CrmKpi.ReadModels.Tests.Erasure;
using CrmKpi.Testing;

namespace CrmKpi.ReadModels.Tests.Privacy;

public sealed class PersonForgettingTests
{
    private const string Tenant = "alpha";
    private const string Customer = "Zwetschge";
    private const string User = "Topfen";

    private static readonly ActedBy Tester = ActedBy.Process("test");

    [Theory]
    [InlineData(PersonKind.Customer, Customer, User)]
    [InlineData(PersonKind.User, User, Customer)]
    public async Task No_row_tells_of_the_person_and_every_number_is_what_it_was(
        PersonKind kind, string id, string other)
    {
        await using var world = await Make();
        var (cells, kpis) = (await Cells(world), await Kpis(world));
        Assert.True(kpis.Count > 300);
        var head = await world.Log.Head(Tenant);
        Assert.True((await EveryRow.Read(world.Database)).Count(row => row.TellsOf(id)) > 15);

        await using var privacy = world.Database.As(DatabaseRoles.Privacy);
        var begun = await new PersonForgetting(privacy).Begin(Tenant, Agency.Default, kind, id, Tester);
        var same = await new PersonForgetting(privacy).Begin(Tenant, Agency.Default, kind, id, Tester);
        Assert.Equal(begun.Id, same.Id);
        Assert.Contains((Tenant, begun.Id), await new PersonForgetting(privacy).Open(10));
        var done = await Finish(world, privacy, begun.Id);

        Assert.Null(done.Person);
        Assert.True(done.Events > 5 && done.Quarantined == 1 && done.MaskedAt <= done.FinishedAt);
        var rows = await EveryRow.Read(world.Database);
        Assert.DoesNotContain(rows, row => row.TellsOf(id));
        Assert.True(rows.Count(row => row.TellsOf(other)) > 10);
        Assert.Equal(head, await world.Log.Head(Tenant));
        Assert.Equal(cells, Named(await Cells(world), done.Pseudonym, id));
        Assert.Equal(kpis, Named(await Kpis(world), done.Pseudonym, id));
        Assert.Equal(await world.ExpectedCells(Tenant), await Cells(world));
        var act = (await new AuditTrail(world.Database.Database).Read(Agency.Default, 0, 100))[^1];
        Assert.Equal(("person.forgotten", "tenant/alpha"), (act.Type, act.Subject));
        Assert.Contains(done.Pseudonym, act.Changes);
        Assert.Empty(await new PersonForgetting(privacy).Open(10));
        Assert.False(await new PersonForgetting(privacy).Step(Tenant, begun.Id));
    }

    [Fact]
    public async Task What_is_sent_again_is_known_and_what_is_new_comes_with_the_id_until_it_is_forgotten_again()
    {
        await using var world = await Make();
        await using var privacy = world.Database.As(DatabaseRoles.Privacy);
        var people = new PersonForgetting(privacy);
        var first = await Finish(
            world, privacy, (await people.Begin(Tenant, Agency.Default, PersonKind.Customer, Customer, Tester)).Id);
        var head = await world.Log.Head(Tenant);
        await world.Append(Tenant, History);
        Assert.Equal(head, await world.Log.Head(Tenant));

        await world.Append(Tenant, "purchase.made", $"customer/{Customer}", """{"purchase":"p2","amount":"5"}""");
        Assert.Equal(head + 1, await world.Log.Head(Tenant));
        Assert.Contains(await EveryRow.Read(world.Database), row => row.TellsOf(Customer));
        var again = await people.Begin(Tenant, Agency.Default, PersonKind.Customer, Customer, Tester);
        Assert.NotEqual((first.Id, first.Pseudonym), (again.Id, again.Pseudonym));
        var second = await Finish(world, privacy, again.Id);
        Assert.Equal(1, second.Events);
        Assert.DoesNotContain(await EveryRow.Read(world.Database), row => row.TellsOf(Customer));
    }

    [Fact]
    public async Task Appends_to_the_persons_stream_go_on_meanwhile_and_no_stream_has_a_gap()
    {
        await using var world = await Make();
        await using var privacy = world.Database.As(DatabaseRoles.Privacy);
        var people = new PersonForgetting(privacy);
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await world.Append(Tenant, "customer.updated", $"customer/{Customer}", """{"region":"north"}""");
        })).ToArray();
        for (var round = 0; round < 3; round++)
        {
            var begun = await people.Begin(Tenant, Agency.Default, PersonKind.Customer, Customer, Tester);
            while (await people.Find(Tenant, begun.Id) is { MaskedAt: null })
                await people.Step(Tenant, begun.Id);
            await Finish(world, privacy, begun.Id);
        }
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        Assert.True(await world.Database.Scalar<long>(
            "SELECT count(*) FROM events.mt_streams WHERE id LIKE 'customer/forgotten-%'") >= 3);
        Assert.Equal(0, await world.Database.Scalar<long>("""
            SELECT count(*) FROM events.mt_streams s WHERE s.version || ' ' || s.version IS DISTINCT FROM (
                SELECT max(e.version) || ' ' || count(*) FROM events.mt_events e
                WHERE e.tenant_id = s.tenant_id AND e.stream_id = s.id)
            """));
        await world.CatchUp(Tenant);
        Assert.Equal(await world.ExpectedCells(Tenant), await Cells(world));
    }

    [Fact]
    public async Task A_lane_that_knew_the_user_does_not_bring_the_name_back()
    {
        await using var world = await Make();
        var lane = new TenantLane(Tenant, world.Services());
        await world.Append(Tenant, "lead.created", "lead/l1", $$"""{"manager":"{{User}}"}""");
        await Turns(world, lane);
        await using var privacy = world.Database.As(DatabaseRoles.Privacy);
        var people = new PersonForgetting(privacy);
        var begun = await people.Begin(Tenant, Agency.Default, PersonKind.User, User, Tester);
        while (await people.Find(Tenant, begun.Id) is { MaskedAt: null })
            await people.Step(Tenant, begun.Id);
        // The user is still there, and the lane has the dictionary of before.
        await world.Append(Tenant, "lead.created", "lead/l2", $$"""{"manager":"{{User}}"}""");
        await Turns(world, lane);
        await people.Step(Tenant, begun.Id);
        var done = await people.Find(Tenant, begun.Id);
        Assert.NotNull(done!.FinishedAt);
        var cells = await Cells(world);
        Assert.Equal(await world.ExpectedCells(Tenant), cells);
        Assert.Contains(cells, cell => cell.Contains(done.Pseudonym, StringComparison.Ordinal));
        Assert.Contains(cells, cell => cell.Contains(User, StringComparison.Ordinal));
        var live = await world.Live(Tenant);
        await world.Verifications.Start(Tenant, live.RulesVersion, live.Settings);
        await Turns(world, lane);
        Assert.Equal(0, (await world.Verifications.Find(Tenant))!.Differences);
    }

    [Fact]
    public async Task A_tenant_without_read_models_waits_for_them_and_a_deleted_one_for_nothing()
    {
        await using var world = await World.Create(Tenant);
        await world.Append(Tenant, History);
        await using var privacy = world.Database.As(DatabaseRoles.Privacy);
        var people = new PersonForgetting(privacy);
        var begun = await people.Begin(Tenant, Agency.Default, PersonKind.Customer, Customer, Tester);
        while (await people.Step(Tenant, begun.Id))
            ;
        Assert.Null((await people.Find(Tenant, begun.Id))!.MaskedAt);
        Assert.NotNull((await Finish(world, privacy, begun.Id)).FinishedAt);

        var next = await people.Begin(Tenant, Agency.Default, PersonKind.User, User, Tester);
        Assert.True(await new TenantErasure(privacy).Begin(Tenant, Agency.Default, Tester));
        Assert.Null(await people.Find(Tenant, next.Id));
        Assert.False(await people.Step(Tenant, next.Id));
        await Assert.ThrowsAsync<Npgsql.PostgresException>(
            () => people.Begin(Tenant, Agency.Default, PersonKind.User, User, Tester));
    }

    private static readonly SampleEvent[] History =
    [
        Of(1, "user.provisioned", $"user/{User}", $$"""{"name":"{{User}} Strudel","role":"seller"}"""),
        Of(2, "lead.created", "lead/z1", $$"""
            {"customer":"{{Customer}}","manager":"{{User}}","source":"ads",
             "title":"{{Customer}} called","contact":{"of":"{{User}}"} }
            """),
        Of(3, "lead.status_changed", "lead/z1", $$"""{"status":"talk","note":"{{Customer}} wants more"}"""),
        Of(4, "deal.created", "deal/z2", $$"""
            {"customer":"{{Customer}}","lead":"z1","manager":"{{User}}","pipeline":"main","stage":"new","amount":"70"}
            """),
        Of(5, "deal.won", "deal/z2", $$"""{"amount":"70","customer":"{{Customer}}"}"""),
        Of(6, "customer.registered", $"customer/{Customer}",
            $$"""{"region":"south","email":"{{Customer}}@example.org"}"""),
        Of(7, "purchase.made", $"customer/{Customer}",
            $$"""{"purchase":"z3","amount":"12","items":[{"for":"{{Customer}}"}]}"""),
        Of(8, "survey.responded", "survey/z4", $$"""
            {"kind":"nps","score":9,"scaleMax":10,"customer":"{{Customer}}","comment":"I am {{Customer}}"}
            """),
        Of(9, "call.recorded", "call/z5", $$"""
            {"direction":"inbound","talkSeconds":30,"manager":"{{User}}","customer":"{{Customer}}",
             "recordingUrl":"https://x/{{User}}"}
            """),
        Of(10, "activity.logged", $"user/{User}", """{"kind":"call","subject":"deal/z2"}"""),
        Of(11, "activity.logged", $"user/{User}", $$"""{"kind":"call","subject":"{{User}} at the desk"}"""),
        Of(12, "time.logged", $"user/{User}", """{"minutes":30,"category":"selling"}"""),
        Of(13, "suggestion.submitted", $"user/{User}", $$"""{"text":"{{User}} says"}"""),
        Of(14, "task.completed", "task/z6", $$"""{"user":"{{User}}"}"""),
        Of(15, "email.sent", "campaign/z7", $$"""{"recipient":"{{Customer}}","message":"m"}"""),
        Of(16, "email.opened", "campaign/z7", $$"""{"recipient":"{{Customer}}","message":"m"}"""),
        Of(17, "customer.merged", "customer/z8", $$"""{"into":"{{Customer}}"}"""),
        Of(18, "duplicate.detected", "customer/z9", $$"""{"of":"{{Customer}}"}"""),
        Of(19, "tenant.target_set", "tenant", $$"""
            {"kpi":"leads_created","value":5,"due":"2024-12-31","filters":{"manager":["{{User}}"]} }
            """),
    ];

    private static SampleEvent Of(int number, string type, string subject, string data) => new(
        $"{(number % 2 == 0 ? Customer : User)}-{number}", type, subject,
        new DateTimeOffset(2024, 1, 1, 8, 0, 0, TimeSpan.Zero).AddHours(number), data);

    private static async Task<World> Make()
    {
        var world = await World.Create(Tenant);
        await world.Append(Tenant, GeneratedTenant.Make(5, 1_200).Events);
        await world.Append(Tenant, History);
        await new Quarantine(world.Database.Database).Add(Tenant, [
            .. new[] { Customer, User }.Select(name => new QuarantinedEvent(
                0, default, "x", "crm", "deal.won", "wrong", "wrong", null,
                Encoding.UTF8.GetBytes($"{{\"{name}"), 1))]);
        await world.CatchUp(Tenant);
        return world;
    }

    /// <summary>Steps of ever another process, in small chunks, between turns of the lane.</summary>
    private static async Task<Forgetting> Finish(World world, Database privacy, Guid id)
    {
        for (var i = 0; i < 500; i++)
        {
            if (await new PersonForgetting(privacy, chunkEvents: 250).Find(Tenant, id) is { FinishedAt: not null } done)
                return done;
            if (!await new PersonForgetting(privacy, chunkEvents: 250).Step(Tenant, id))
                await world.CatchUp(Tenant);
        }
        throw new InvalidOperationException("It does not come to an end.");
    }

    private static async Task Turns(World world, TenantLane lane)
    {
        lane.Notice(
            await world.Log.Head(Tenant), (await world.Generations.List(Tenant)).Max(generation => generation.Number));
        while ((await lane.Turn(bulk: true, default)).HasMore)
            ;
    }

    private static async Task<List<string>> Cells(World world) =>
        await world.Cells(Tenant, (await world.Live(Tenant)).Number);

    /// <summary>Every KPI, as a whole and by manager where it can be, of half years.</summary>
    private static async Task<List<string>> Kpis(World world)
    {
        await using var cubes = new TenantCubes(world.Database.Database);
        var snapshot = (await cubes.Get(Tenant, Measures.All))!;
        var from = DateOnly.FromDateTime(GeneratedTenant.Start.UtcDateTime).DayNumber;
        var answers = new List<string>();
        foreach (var id in Catalogue.All.SelectMany(Catalogue.IdsOf))
        {
            var output = Catalogue.Resolve(id.Replace("{n}", "30", StringComparison.Ordinal))!;
            IReadOnlyList<Dimensions>?[] splits = output.Kpi.Dimensions.HasFlag(Dimensions.Manager)
                ? [[], [Dimensions.Manager]] : [[]];
            foreach (var split in splits)
            {
                var query = new KpiQuery(
                    [output], new Period(from, from + 720), Grain.Quarter, ComparisonKind.None, split, [],
                    new DateOnly(2030, 1, 1))
                {
                    TakeGroups = KpiQuery.GroupsMax,
                };
                answers.AddRange(Evaluator.Answer(snapshot, query).Kpis[0].Series.SelectMany(
                    series => series.Points.Select(point =>
                        $"{id} {string.Join(',', series.Key)} {point.Bucket.Period.From} {point.Value.Value} "
                        + $"{point.Value.Numerator} {point.Value.Denominator}")));
            }
        }
        answers.Sort(StringComparer.Ordinal);
        return answers;
    }

    private static List<string> Named(IEnumerable<string> lines, string pseudonym, string id)
    {
        var named = lines.Select(line => line.Replace(pseudonym, id, StringComparison.Ordinal)).ToList();
        named.Sort(StringComparer.Ordinal);
        return named;
    }
}
