namespace CrmKpi.Connectors.Tests.Csv;

public sealed class IdTests : IDisposable
{
    private readonly TempFiles _files = new();

    private static string Payments(string file, string rule = "") => $$"""
        version: 1
        source: csv/test
        files:
          payments:
            {{file}}
            events:
              - type: purchase.made
                subject: customer/{who}
                time: day
                {{rule}}
        """;

    [Fact]
    public void Reading_again_gives_the_same_events_in_the_same_order()
    {
        var path = _files.Write("p.csv", "who,day,amount\n1,2025-01-02,5\n1,2025-01-02,5\n2,2025-01-02,7\n");
        var mapping = Payments("key: [who, day]\n    repeats: number", "data: { purchase: \"{who}/{_occurrence}\" }");
        var events = _files.Events(mapping, path);
        Assert.Equal(["payments/1|2025-01-02/purchase.made", "payments/1|2025-01-02#2/purchase.made", "payments/2|2025-01-02/purchase.made"],
            events.Select(e => e.Id));
        Assert.Equal("1/2", events[1].Data("purchase").GetString());
        Assert.Equal(events.Select(e => (e.Id, e.Json())), _files.Events(mapping, path).Select(e => (e.Id, e.Json())));
    }

    [Fact]
    public void Ids_survive_renaming_reordering_and_appending()
    {
        var mapping = Payments("key: \"*\"\n    repeats: number");
        var before = _files.Events(mapping, _files.Write("a.csv", "who,day\n1,2025-01-02\n2,2025-01-02\n1,2025-01-02\n"));
        var after = _files.Events(mapping, _files.Write("b.csv", "who,day\n3,2025-01-01\n1,2025-01-02\n1,2025-01-02\n2,2025-01-02\n"));
        Assert.Equal(3, before.Select(e => e.Id).Distinct().Count());
        Assert.Superset(before.Select(e => e.Id).ToHashSet(), after.Select(e => e.Id).ToHashSet());
    }

    [Fact]
    public void Without_numbering_equal_keys_are_one_event()
    {
        var events = _files.Events(Payments("key: [who]"), _files.Write("a.csv", "who,day\n1,2025-01-02\n1,2025-01-03\n"));
        Assert.Single(events.Select(e => e.Id).Distinct());
    }

    [Fact]
    public void An_id_of_its_own_needs_no_key()
    {
        var events = _files.Events(Payments("match: \"*\"", "id: \"pay-{who}-{_line}\""), _files.Write("a.csv", "who,day\n1,2025-01-02\n"));
        Assert.Equal("pay-1-2", Assert.Single(events).Id);
    }

    [Fact]
    public void FirstOf_takes_the_first_row_that_the_rule_applies_to()
    {
        var path = _files.Write("a.csv", "who,day,kind\n1,2025-01-01,x\n1,2025-01-02,buy\n2,2025-01-03,buy\n1,2025-01-04,buy\n");
        var events = _files.Events(Payments("key: [who, day]", "when: { column: kind, equals: buy }\n        firstOf: who"), path);
        Assert.Equal([2, 3], events.Select(e => e.Time.Day));
    }

    [Fact]
    public void Bad_rows_do_not_change_the_ids_of_the_others()
    {
        var mapping = Payments("key: who\n    repeats: number");
        var broken = _files.Import(mapping, _files.Write("a.csv", "who,day\n1,nonsense\n1,2025-01-02\n"));
        var repaired = _files.Events(mapping, _files.Write("b.csv", "who,day\n1,2025-01-01\n1,2025-01-02\n"));
        Assert.NotNull(broken[0].Problem);
        Assert.Equal(repaired[1].Id, broken[1].Events[0].Id);
    }

    public void Dispose() => _files.Dispose();
}
