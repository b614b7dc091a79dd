using CrmKpi.EndToEnd.Tests.Local;

namespace CrmKpi.EndToEnd.Tests.Cli;

[Collection(LocalCollection.Name)]
public sealed class CommandTests(LocalFixture local)
{
    [Fact]
    public async Task Importing_again_finds_only_duplicates()
    {
        var again = await local.Cli(
            "import", "csv", Repository.Data("olist/olist_closed_deals.csv.gz"), Repository.Data("olist/olist_marketing_qualified_leads.csv.gz"),
            "--tenant", LocalFixture.Olist, "--map", Repository.Sample("olist.yaml"));
        Assert.Equal(0, again.Code);
        Assert.Contains("accepted: 0", again.Out);
        Assert.Contains("duplicates: 10,526", again.Out);
    }

    [Fact]
    public async Task Tenants_are_set_up_listed_and_shown()
    {
        var set = await local.Cli("tenant", "set", "acme", "--name", "Acme", "--time-zone", "Europe/Berlin", "--currency", "EUR", "--inactivity-days", "90");
        Assert.Equal((0, "Tenant acme: 1 settings written."), (set.Code, set.Out.Trim()));
        Assert.Contains("nothing to change", (await local.Cli("tenant", "set", "acme", "--currency", "EUR")).Out);
        Assert.Contains("1 settings written", (await local.Cli("tenant", "set", "acme", "--crm-launched", "2025-03-01")).Out);
        Assert.Contains("Acme", (await local.Cli("tenant", "list")).Out);
        var shown = await local.Cli("tenant", "show", "acme");
        Assert.Contains("\"timeZone\": \"Europe/Berlin\"", shown.Out);
        Assert.Contains("\"inactivityDays\": 90", shown.Out);
        Assert.Contains("\"crmLaunched\": \"2025-03-01\"", shown.Out);
    }

    [Fact]
    public async Task A_wrong_setting_names_its_place_and_code()
    {
        var result = await local.Cli("tenant", "set", "acme2", "--name", "Acme", "--time-zone", "Mars/Base");
        Assert.Equal(1, result.Code);
        Assert.Contains("/timeZone", result.Error);
        Assert.Contains("code: ", result.Error);
    }

    [Fact]
    public async Task Keys_are_made_listed_and_revoked()
    {
        var made = await local.Cli("key", "create", "--name", "report", "--scope", "query", "--tenant", LocalFixture.Olist, "--days", "1");
        Assert.Equal(0, made.Code);
        var key = made.Out.Trim();
        Assert.StartsWith("crmkpi_", key);
        Assert.Equal(0, (await local.CliWith(key, "kpis", "--tenant", LocalFixture.Olist, "--kpi", "deals_won")).Code);
        Assert.Equal(1, (await local.CliWith(key, "kpis", "--tenant", LocalFixture.Cdnow, "--kpi", "deals_won")).Code);

        var id = key.Split('_')[1];
        Assert.Contains(id, (await local.Cli("key", "list")).Out);
        Assert.Equal(0, (await local.Cli("key", "revoke", id)).Code);
        Assert.Contains("key_not_found", (await local.Cli("key", "revoke", "nonsense")).Error);
    }

    [Fact]
    public async Task A_wrong_key_is_told_so()
    {
        var result = await local.CliWith("crmkpi_0000_nonsense", "tenant", "list");
        Assert.Equal(1, result.Code);
        Assert.Contains("(401)", result.Error);
    }

    [Fact]
    public async Task Kpis_come_as_table_csv_and_json_in_both_languages()
    {
        string[] query = ["kpis", "--tenant", LocalFixture.Olist, "--kpi", "lead_conversion", "--from", "2017-06-01", "--to", "2018-06-01"];
        var table = await local.Cli(query);
        Assert.Contains("Lead conversion", table.Out);
        Assert.Contains("10.53", table.Out);
        var russian = await local.Cli([.. query, "--lang", "ru"]);
        Assert.Contains("значение", russian.Out);
        Assert.Contains("10,53", russian.Out);
        Assert.StartsWith("kpi,name,unit", (await local.Cli([.. query, "--format", "csv"])).Out.TrimStart('\uFEFF'));
        Assert.Contains("\"numerator\": 842", (await local.Cli([.. query, "--format", "json"])).Out);
    }

    [Fact]
    public async Task Kpis_take_groups_filters_grain_and_comparison()
    {
        var result = await local.Cli(
            "kpis", "--tenant", LocalFixture.Olist, "--kpi", "lead_conversion", "--from", "2018-01-01", "--to", "2018-03-01",
            "--group-by", "source", "--filter", "source:email,social", "--grain", "month", "--compare", "previous");
        Assert.True(result.Code == 0, result.ToString());
        Assert.Contains("email", result.Out);
        Assert.DoesNotContain("paid_search", result.Out);
        Assert.Contains("before", result.Out);
    }

    [Fact]
    public async Task An_explanation_shows_formula_numbers_and_facts()
    {
        string[] query = ["explain", "--tenant", LocalFixture.Olist, "--kpi", "lead_conversion", "--from", "2017-06-01", "--to", "2018-06-01", "--limit", "3"];
        var table = await local.Cli(query);
        Assert.True(table.Code == 0, table.ToString());
        Assert.Contains("842 ÷ 8000", table.Out);
        Assert.Contains("lead/", table.Out);
        Assert.Contains("--page", table.Out);
        Assert.Contains("формула", (await local.Cli([.. query, "--lang", "ru"])).Out);
        var csv = (await local.Cli([.. query, "--part", "denominator", "--format", "csv"])).Out;
        Assert.Equal(4, csv.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("\"calculation\": \"842 ÷ 8000\"", (await local.Cli([.. query, "--format", "json"])).Out);
    }

    [Fact]
    public async Task What_was_known_at_a_point_is_shown_on_request()
    {
        string[] query = ["kpis", "--tenant", LocalFixture.Olist, "--kpi", "leads_created", "--from", "2017-06-01", "--to", "2018-06-01", "--format", "json"];
        var then = (await local.Cli([.. query, "--as-of", "2000"])).Out;
        Assert.Contains("\"sequence\": 2000", then);
        Assert.NotEqual((await local.Cli(query)).Out, then);
    }

    [Fact]
    public async Task An_unknown_kpi_names_the_allowed_ones()
    {
        var result = await local.Cli("kpis", "--tenant", LocalFixture.Olist, "--kpi", "lead_conversation");
        Assert.Equal(1, result.Code);
        Assert.Contains("lead_conversion", result.Error);
    }

    [Fact]
    public async Task The_catalogue_is_listed_without_a_tenant() =>
        Assert.Contains("average_deal_size", (await local.Cli("kpis")).Out);

    [Fact]
    public async Task Bad_rows_are_left_out_and_reported_with_their_lines()
    {
        await local.Cli("tenant", "set", "bad-rows", "--name", "Bad rows", "--time-zone", "UTC", "--currency", "USD");
        var map = local.Write("bad.yaml", File.ReadAllText(Repository.Sample("cdnow.yaml")));
        var file = local.Write("bad.txt", "customer_id date number_of_cds dollar_value\n1 19970101 1 11.77\n2 1997-01-01 1 12.00\n3 19970102 1 free\n4 19970103 1 5.00\n");
        string[] import = ["import", "csv", file, "--tenant", "bad-rows", "--map", map];

        var dry = await local.Cli([.. import, "--dry-run"]);
        Assert.Equal(1, dry.Code);
        Assert.Contains("bad.txt, line 3, column \"date\"", dry.Error);
        Assert.Contains("2 events would be sent", dry.Out);

        var result = await local.Cli(import);
        Assert.Equal(1, result.Code);
        Assert.Contains("accepted: 2", result.Out);
        Assert.Contains("problems: 2", result.Out);
        Assert.Contains("bad.txt, line 4, column \"dollar_value\"", result.Error);

        var strict = await local.Cli([.. import, "--strict"]);
        Assert.Equal(1, strict.Code);
        Assert.Contains("line 3", strict.Error);
    }

    [Fact]
    public async Task Events_that_the_server_refuses_are_reported_with_their_lines()
    {
        await local.Cli("tenant", "set", "refused", "--name", "Refused", "--time-zone", "UTC", "--currency", "EUR");
        var file = local.Write("refused.ndjson", """
            {"specversion":"1.0","id":"1","source":"test","type":"lead.created","subject":"lead/1","time":"2025-01-01T00:00:00Z","data":{}}

            {"specversion":"1.0","id":"2","source":"test","type":"lead.crated","subject":"lead/2","time":"2025-01-01T00:00:00Z","data":{}}
            """);
        var result = await local.Cli("import", "events", file, "--tenant", "refused");
        Assert.Equal(1, result.Code);
        Assert.Contains("accepted: 1", result.Out);
        Assert.Contains("rejected: 1", result.Out);
        Assert.Contains("refused.ndjson, line 3", result.Error);
        Assert.Contains("quarantine", result.Error);
        var dry = await local.Cli("import", "events", file, "--tenant", "refused", "--dry-run");
        Assert.Equal(1, dry.Code);
        Assert.Contains("refused.ndjson, line 3", dry.Error);
    }

    [Fact]
    public async Task A_rebuild_ends_with_the_same_values()
    {
        var before = await local.Cli("kpis", "--tenant", LocalFixture.Cdnow, "--kpi", "aov,repeat_customer_share", "--from", "1997-01-01", "--to", "1998-07-01");
        var rebuild = await local.Cli("rebuild", LocalFixture.Cdnow);
        Assert.True(rebuild.Code == 0, rebuild.ToString());
        Assert.Contains("is live", rebuild.Out);
        var after = await local.Cli("kpis", "--tenant", LocalFixture.Cdnow, "--kpi", "aov,repeat_customer_share", "--from", "1997-01-01", "--to", "1998-07-01");
        Assert.Equal(before.Out, after.Out);
    }

    [Theory]
    [InlineData("import", "csv")]
    [InlineData("frobnicate")]
    [InlineData("tenant", "list", "--lang", "fr")]
    [InlineData("--server", "nonsense", "tenant", "list")]
    public async Task Wrong_usage_ends_with_2(params string[] args) => Assert.Equal(2, (await local.Cli(args)).Code);

    [Theory]
    [InlineData("--help")]
    [InlineData("tenant", "set", "--help")]
    [InlineData("import", "csv", "--help")]
    [InlineData("kpis", "--help")]
    [InlineData("verify", "--help")]
    public async Task Help_has_examples(params string[] args)
    {
        var help = await local.Cli(args);
        Assert.Equal(0, help.Code);
        Assert.Contains("Examples:", help.Out);
        Assert.Contains("  crmkpi ", help.Out);
    }

    [Fact]
    public async Task Mistakes_of_a_mapping_are_shown_with_their_lines()
    {
        var map = local.Write("mistakes.yaml", File.ReadAllText(Repository.Sample("cdnow.yaml")).Replace("delimiter:", "delimeter:"));
        var result = await local.Cli("import", "csv", Repository.Data("cdnow/CDNOW_master.txt.gz"), "--tenant", "x", "--map", map, "--dry-run");
        Assert.Equal(1, result.Code);
        Assert.Contains("mistakes.yaml, line 10: The file \"purchases\" has no \"delimeter\"", result.Error);
    }
}
