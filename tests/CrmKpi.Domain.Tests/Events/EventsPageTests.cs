using System.Globalization;
using System.Text;
using CrmKpi.Domain.Events;

namespace CrmKpi.Domain.Tests.Events;

/// <summary>
/// <c>docs/events.md</c> is generated from <see cref="EventTypes"/>. When this test fails, run it once with CRMKPI_UPDATE_DOCS=1 and
/// commit the page.
/// </summary>
public sealed class EventsPageTests
{
    private const string Head = """
        # Canonical events

        Generated from the table in code (`services/CrmKpi.Domain/Events/EventTypes.cs`).

        The envelope is CloudEvents 1.0 in JSON: `specversion` "1.0", `id` (the source's own id of the event: with `source` the key by which
        duplicates are found), `source`, `type`, `subject` (the stream, for example `deal/123`), `time` (when it happened, with
        offset) and `data`, an object. `traceparent` and `correlationid` are kept; other extension attributes are ignored.

        Money is `{ "amount": "1054.00", "currency": "RUB" }` or the bare decimal in the tenant's currency. A period has both days in it.
        Fields in **bold** are required; any other may be absent or null. Unknown fields of `data` are kept and not read.
        Events of leads, deals and customers may carry the dimensions `manager`, `source`, `channel`, `campaign`, `region`, `segment` (deals
        also `pipeline` and `product`): the latest value counts.

        `to` of `tenant.baseline_set` is the day after the last, as in queries. A target is a value in the unit of its KPI that shall be reached
        at the end of `due`; for a KPI that is a sum over days it is the value of one `per` (a month unless said otherwise). Its path begins
        on `from` (the day of the event) at `start` (the KPI's value in the baseline, else in the 30 days before). `filters` are lists
        of values by dimension: `{"manager": ["ann"]}`.

        `fields` says of each field that it names whether it is filled; others stay as they were. The `subject` of an activity is a stream:
        with `deal/7` it counts for that deal too.

        Types without a KPI yet are checked and kept all the same; they count from the release on that reads them.

        | Type | Stream | Fields of `data` |
        |---|---|---|

        """;

    [Fact]
    public void The_page_shows_the_types_as_they_are() => DocsPage.Compare("events.md", Page());

    private static string Page()
    {
        var page = new StringBuilder(Head);
        foreach (var type in EventTypes.All)
            page.Append(CultureInfo.InvariantCulture,
                $"| `{type.Name}` | {type.SubjectExample} | {string.Join(", ", type.Fields.Select(Text))} |\n");
        return page.ToString();
    }

    private static string Text(EventField field) =>
        (field.Required ? $"**{field.Name}**" : field.Name) + field.Kind switch
        {
            FieldKind.Text or FieldKind.Any => "",
            FieldKind.Enum => $" ({string.Join(", ", field.Values)})",
            FieldKind.Object => $" {{{string.Join(", ", field.Fields.Select(Text))}}}",
            FieldKind.Map => " (name → value)",
            FieldKind.List => " (list)",
            FieldKind.DayOrTimestamp => " (day or time)",
            _ => $" ({field.Kind.ToString().ToLowerInvariant()})",
        };
}
