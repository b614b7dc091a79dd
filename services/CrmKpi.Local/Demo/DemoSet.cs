namespace CrmKpi.Local.Demo;

/// <summary>A data set that <c>--demo</c> loads: a tenant, its settings, its files, and questions to ask about it.</summary>
/// <param name="Tenant">The tenant's id.</param>
/// <param name="Sample">Name of its mapping and its settings in <c>samples</c>.</param>
/// <param name="Files">Its files.</param>
/// <param name="Questions">Queries of <c>GET …/kpis</c>.</param>
internal sealed record DemoSet(string Tenant, string Sample, IReadOnlyList<string> Files, IReadOnlyList<string> Questions)
{
    public static IReadOnlyList<DemoSet> All { get; } =
    [
        new("demo-olist", "olist", ["olist_marketing_qualified_leads.csv.gz", "olist_closed_deals.csv.gz"],
        [
            "kpi=leads_created,lead_conversion,lead_conversion.within30,deals_won,revenue,average_deal_size,sales_cycle,"
            + "sales_cycle.median,sales_cycle.p90&from=2017-06-01&to=2018-12-01",
            "kpi=lead_conversion&groupBy=source&from=2017-06-01&to=2018-12-01",
        ]),
        new("demo-cdnow", "cdnow", ["CDNOW_master.txt.gz"],
        [
            "kpi=new_customers,aov,purchase_frequency,customer_lifetime,ltv,repeat_sales_share,repeat_customer_share"
            + "&from=1997-01-01&to=1998-07-01",
            "kpi=active_customers,retention_rate,churn_rate,reactivated_customers&grain=quarter&from=1997-04-01&to=1998-07-01",
        ]),
    ];

    private static string Root => Path.Combine(AppContext.BaseDirectory, "demo");

    public string MappingPath => Path.Combine(Root, "samples", Sample + ".yaml");

    public string SettingsPath => Path.Combine(Root, "samples", Sample + ".tenant.json");

    public IReadOnlyList<string> Paths => [.. Files.Select(f => Path.Combine(Root, "data", f))];
}
