using System.Globalization;
using System.Text;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;

namespace CrmKpi.Domain.Tests.Kpis;

/// <summary>
/// <c>docs/kpis.md</c> is generated from <see cref="Catalogue"/>. When this test fails, run it once with CRMKPI_UPDATE_DOCS=1 and commit the page.
/// </summary>
public sealed class KpisPageTests
{
    private const string Head = """
        # KPIs · Показатели

        Generated from the catalogue in code (`services/CrmKpi.Domain/Kpis`); `GET /v1/kpis` says the same. What each measure of a
        formula counts, and on which day, stands in `services/CrmKpi.Domain/Cube/Measures.cs`.

        A period is [from, to) in days of the tenant's time zone. In a formula a name alone is a number of facts, `sum(…)` a sum;
        `start(…)` and `end(…)` are levels at the borders of the period; `both(…)` and `within(…)` count customers, users or deals by
        two days; `priced(…)` counts only amounts that have a rate of exchange. Shares are shown in percent. A ratio without anything to divide by is
        `null` ("no data"), never 0. An input can be given with the query: `input=lost_sales_cost.price:1200`, shares in percent.

        Страница сделана из каталога в коде. Период — [from, to) в днях часового пояса клиента. Доли показаны в процентах. Если делить не на
        что, значения нет (`null`), а не 0. Входное число можно задать в запросе: `input=lost_sales_cost.price:1200`, доли — в процентах.

        """;

    private static readonly Dictionary<KpiArea, Text> Areas = new()
    {
        [KpiArea.Sales] = new("Продажи", "Sales"),
        [KpiArea.Customers] = new("Клиенты", "Customers"),
        [KpiArea.Marketing] = new("Маркетинг", "Marketing"),
        [KpiArea.People] = new("Люди и внедрение", "People and adoption"),
        [KpiArea.DataQuality] = new("Качество данных", "Data quality"),
        [KpiArea.Automation] = new("Автоматизация", "Automation"),
        [KpiArea.Economics] = new("Экономика", "Economics"),
    };

    [Fact]
    public void The_page_shows_the_catalogue_as_it_is() => DocsPage.Compare("kpis.md", Page());

    private static string Page()
    {
        var page = new StringBuilder(Head);
        foreach (var area in Catalogue.All.GroupBy(k => k.Area))
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {Areas[area.Key].En} · {Areas[area.Key].Ru}\n");
            foreach (var kpi in area)
                Append(page, kpi);
        }
        return page.ToString();
    }

    private static void Append(StringBuilder page, Kpi kpi)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n### `{kpi.Id}` · {kpi.Name.En} · {kpi.Name.Ru}\n\n");
        page.Append(CultureInfo.InvariantCulture, $"{kpi.Meaning.En}<br>{kpi.Meaning.Ru}\n\n");
        foreach (var variant in kpi.Variants)
            page.Append(CultureInfo.InvariantCulture,
                $"- {(variant.Statistic.Length > 0 ? $"`{kpi.Id}.{variant.Statistic}`" : "Formula")}: `{variant.Formula}`\n");
        foreach (var input in kpi.Variants[0].Formula.Inputs)
            page.Append(CultureInfo.InvariantCulture,
                $"- Input `{input.Name}`, {input.Unit.Code()}: `{input.Default}` unless given. {input.Meaning.En}.<br>{input.Meaning.Ru}.\n");
        if (kpi.Window is not null)
            page.Append(CultureInfo.InvariantCulture, $"- `{kpi.Id}.within{{n}}`: only what happened within n days\n");
        page.Append(CultureInfo.InvariantCulture,
            $"- Unit {kpi.Unit.Code()}; {(kpi.Better == Better.Up ? "more" : "less")} is better{Norm(kpi.Norm)}. {kpi.ZeroRule.En}\n");
        page.Append(CultureInfo.InvariantCulture, $"- Split and filter by: {Dimensions(kpi)}\n");
        page.Append(CultureInfo.InvariantCulture, $"- Source: {kpi.Source}\n");
    }

    private static string Norm(Norm? norm) => norm switch
    {
        null => "",
        { Low: { } low, High: { } high } => FormattableString.Invariant($"; usual: {low}–{high}"),
        { Low: { } low } => FormattableString.Invariant($"; usual: above {low}"),
        _ => FormattableString.Invariant($"; usual: below {norm.High}"),
    };

    private static string Dimensions(Kpi kpi)
    {
        var names = DimensionSet.Names.Where(n => (kpi.Dimensions & DimensionSet.Parse(n)) is not (null or Domain.Cube.Dimensions.None)).ToList();
        return names.Count == 0 ? "nothing" : string.Join(", ", names);
    }
}
