using System.Net;
using System.Net.Http.Headers;
using CrmKpi.Postgres.Control;
using CrmKpi.Query;
using CrmKpi.ReadModels;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace CrmKpi.Services.Tests.Query;

/// <summary>Asking again for what one has: a BI refresh without change.</summary>
public sealed class EntityTagTests(QueryService service) : IClassFixture<QueryService>
{
    private const string March = "from=2025-03-01&to=2025-04-01";

    public static TheoryData<string> Answers =>
    [
        $"kpis?kpi=leads_created,revenue&{March}",
        $"kpis?kpi=leads_created&{March}&format=csv",
        $"funnel?pipeline=*&{March}",
        "cohorts",
        $"roi?{March}",
        "targets",
        $"explain?kpi=leads_created&{March}",
        $"explain?kpi=leads_created&{March}&format=csv",
        $"kpis?kpi=leads_created&{March}&asOf=1",
        $"kpis?kpi=leads_created&{March}&asOf=2199-01-01T00:00:00Z",
        "targets?asOf=1",
    ];

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Who_has_the_answer_gets_none_until_something_has_changed(string path)
    {
        var (tenant, key) = await Tenant();
        var sequence = await service.Given(tenant, Lead(1), Lead(2));
        using var first = await Ask(tenant, path, key);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        var tag = first.Headers.ETag!;
        Assert.True(tag.IsWeak);
        Assert.True(first.Headers.CacheControl!.Private && first.Headers.CacheControl.NoCache && !first.Headers.CacheControl.NoStore);
        Assert.Equal(["Authorization", "X-Api-Key", "Accept", "Accept-Encoding"], first.Headers.Vary);

        using var same = await Ask(tenant, path, key, tag.ToString());
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        Assert.Empty(await same.Content.ReadAsByteArrayAsync());
        Assert.Equal(tag, same.Headers.ETag);
        Assert.Equal(first.Headers.CacheControl, same.Headers.CacheControl);
        Assert.Equal(first.Headers.Vary, same.Headers.Vary);
        Assert.Equal(first.Headers.GetValues("CrmKpi-Sequence"), same.Headers.GetValues("CrmKpi-Sequence"));
        Assert.Single(same.Headers.GetValues("CrmKpi-Lag"));

        var later = await service.Given(tenant, Lead(3));
        var minSequence = path.Contains("asOf", StringComparison.Ordinal) ? "" : $"{(path.Contains('?') ? '&' : '?')}minSequence={later}";
        using var changed = await Ask(tenant, path + minSequence, key, tag.ToString());
        // What was known at a sequence does not change any more.
        var isFixed = path.EndsWith("asOf=1", StringComparison.Ordinal);
        Assert.Equal(isFixed ? HttpStatusCode.NotModified : HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal(isFixed, tag.Equals(changed.Headers.ETag));
        Assert.True(later > sequence);
    }

    [Theory]
    [InlineData("*", HttpStatusCode.NotModified)]
    [InlineData(" * ", HttpStatusCode.NotModified)]
    [InlineData("\"other\", {tag}", HttpStatusCode.NotModified)]
    [InlineData("{strong}", HttpStatusCode.NotModified)]
    [InlineData("\"other\"", HttpStatusCode.OK)]
    [InlineData("{tag}x", HttpStatusCode.OK)]
    [InlineData("no tag", HttpStatusCode.OK)]
    [InlineData("", HttpStatusCode.OK)]
    public async Task The_header_is_read_as_the_standard_says(string known, HttpStatusCode status)
    {
        var (tenant, key) = await Tenant();
        await service.Given(tenant, Lead(1));
        var path = $"kpis?kpi=leads_created&{March}";
        using var first = await Ask(tenant, path, key);
        var tag = first.Headers.ETag!;
        using var again = await Ask(
            tenant, path, key, known.Replace("{tag}", tag.ToString()).Replace("{strong}", tag.Tag));
        Assert.Equal(status, again.StatusCode);
        Assert.Equal(tag, again.Headers.ETag);
    }

    [Fact]
    public async Task Another_question_another_form_and_another_tenant_have_other_tags()
    {
        var (one, key) = await Tenant();
        var (two, other) = await Tenant();
        await service.Given(one, Lead(1));
        await service.Given(two, Lead(1));
        string[] paths =
        [
            $"kpis?kpi=leads_created&{March}", $"kpis?kpi=revenue&{March}", $"kpis?kpi=leads_created&{March}&grain=week",
            $"kpis?kpi=leads_created&{March}&format=csv", $"kpis?kpi=leads_created&{March}&format=csv&bom=true",
            $"kpis?kpi=leads_created&{March}&lang=ru", $"kpis?kpi=leads_created&{March}&filter=manager:ann",
            $"kpis?kpi=leads_created&{March}&groupBy=manager&limit=1", $"kpis?kpi=leads_created&{March}&asOf=1",
            $"explain?kpi=leads_created&{March}", $"explain?kpi=leads_created&{March}&limit=1", $"funnel?pipeline=*&{March}",
            "cohorts", "targets", $"roi?{March}",
        ];
        var tags = new List<string>();
        foreach (var path in paths)
        {
            using var answer = await Ask(one, path, key);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            tags.Add(answer.Headers.ETag!.ToString());
        }
        using (var foreign = await Ask(two, paths[0], other))
            tags.Add(foreign.Headers.ETag!.ToString());
        Assert.Equal(tags.Count, tags.Distinct().Count());

        // The same question in other words has the same tag.
        using var sameQuestion = await Ask(one, "kpis?to=2025-04-01&from=2025-03-01&kpi=leads_created", key);
        Assert.Equal(tags[0], sameQuestion.Headers.ETag!.ToString());
        using var byHeader = await Ask(one, paths[0], key, accept: "text/csv");
        Assert.Equal(tags[3], byHeader.Headers.ETag!.ToString());
    }

    [Fact]
    public async Task A_changed_definition_of_an_own_kpi_changes_the_tag()
    {
        var (tenant, key) = await Tenant();
        await service.Given(tenant, Lead(1));
        foreach (var path in new[] { $"kpis?kpi=mine&{March}", $"explain?kpi=mine&{March}", "targets" })
        {
            await Define(tenant, "leads_created * 10");
            var first = await Until(tenant, path, key, null, HttpStatusCode.OK);
            // Until the definition is seen everywhere: nothing of it is older than half a second.
            while (await Until(tenant, path, key, first, HttpStatusCode.OK, HttpStatusCode.NotModified) is { } seen && seen != first)
                first = seen;
            await Define(tenant, $"leads_created * {path.Length}");
            Assert.NotEqual(first, await Until(tenant, path, key, first, HttpStatusCode.OK));
        }

        async Task<string> Until(string of, string path, string with, string? known, params HttpStatusCode[] statuses)
        {
            while (true)
            {
                using var answer = await Ask(of, path, with, known);
                if (statuses.Contains(answer.StatusCode))
                    return answer.Headers.ETag!.ToString();
                await Task.Delay(50);
            }
        }
    }

    [Fact]
    public async Task The_catalogue_is_not_sent_again_either()
    {
        var (tenant, key) = await Tenant();
        var tags = new List<EntityTagHeaderValue>();
        foreach (var path in new[] { "/v1/kpis", "/v1/kpis?lang=ru", $"/v1/kpis?tenant={tenant}" })
        {
            using var first = await service.Get(path, key);
            tags.Add(first.Headers.ETag!);
            using var again = await Get(path, key, first.Headers.ETag!.ToString());
            Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
            Assert.Equal(first.Headers.ETag, again.Headers.ETag);
        }
        Assert.Equal(3, tags.Distinct().Count());
    }

    [Fact]
    public async Task A_refused_request_is_refused_whatever_the_caller_has()
    {
        var (tenant, key) = await Tenant();
        var (_, stranger) = await Tenant();
        await service.Given(tenant, Lead(1));
        var path = $"kpis?kpi=leads_created&{March}";
        using var first = await Ask(tenant, path, key);
        var tag = first.Headers.ETag!.ToString();
        await (await Ask(tenant, path, stranger, tag)).Problem(404, "tenant_not_found");
        await (await Ask(tenant, path + "&compare=baseline", key, "*")).Problem(400, "bad_parameter");
        using var wrong = await Ask(tenant, path + "&grain=hour", key, tag);
        await wrong.Problem(400, "bad_parameter");
        Assert.Null(wrong.Headers.ETag);
    }

    [Fact]
    public async Task Nothing_is_loaded_for_who_has_the_answer()
    {
        var (tenant, key) = await Tenant();
        await service.Given(tenant, Lead(1));
        var path = $"kpis?kpi=leads_created&{March}";
        using var first = await Ask(tenant, path, key);

        // An instance that holds nothing yet makes the same tag, of the sequence alone.
        await using var fresh = QueryHost.Build([], builder =>
        {
            Installation.Listen(builder);
            builder.Configuration["Postgres:ConnectionString"] = service.ConnectionString;
            builder.Services.AddSingleton(QueryService.Clock);
        });
        await fresh.StartAsync();
        using var client = Installation.Client(fresh, key);
        var cubes = fresh.Services.GetRequiredService<TenantCubes>();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/tenants/{tenant}/{path}");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var again = await client.SendAsync(request);
        Assert.Equal(first.Headers.ETag, again.Headers.ETag);
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        var bytes = cubes.Bytes;
        using var whole = await client.GetAsync($"/v1/tenants/{tenant}/{path}");
        Assert.Equal(first.Headers.ETag, whole.Headers.ETag);
        Assert.True(cubes.Bytes > bytes);
    }

    private static int s_tenants;

    private async Task<(string Tenant, string Key)> Tenant()
    {
        var tenant = $"tagged-{Interlocked.Increment(ref s_tenants)}";
        await service.Register(tenant);
        return (tenant, await service.Key(Scopes.Query, tenant));
    }

    private Task<HttpResponseMessage> Ask(
        string tenant, string path, string key, string? known = null, string? accept = null) =>
        Get($"/v1/tenants/{tenant}/{path}", key, known, accept);

    private Task<HttpResponseMessage> Get(string path, string key, string? known, string? accept = null) =>
        service.Get(path, key, accept, known);

    private Task Define(string tenant, string formula) => new OwnKpiStore(service.Database).Change(
        OwnKpiOwner.Tenant(tenant), ActedBy.Process("test"), _ => [new OwnKpiChange("mine", System.Text.Json.JsonSerializer.Serialize(
            new { name = "Mine", unit = "count", better = "up", formula, sample = "none" }))]);

    private static (string, string, string, string) Lead(int id) =>
        ("lead.created", $"lead/{id}", "2025-03-03T10:00:00", """{"manager":"ann"}""");
}
