using System.Text;

namespace CrmKpi.EventLog.Tests;

public sealed class EventIdsTests
{
    private static readonly Guid Dns = new("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
    private static readonly Guid Url = new("6ba7b811-9dad-11d1-80b4-00c04fd430c8");

    /// <summary>RFC 9562, appendix A.4.</summary>
    [Fact]
    public void Version5_gives_the_published_vector() =>
        Assert.Equal(
            new Guid("2ed6657d-e927-568b-95e1-2665a8aea6a2"), EventIds.Version5(Dns, Encoding.UTF8.GetBytes("www.example.com")));

    [Fact]
    public void The_namespace_is_what_its_description_says() =>
        Assert.Equal(EventIds.Version5(Url, "https://crmkpi/event"u8), EventIds.Namespace);

    /// <summary>A storage format: another value for the same event would append it twice.</summary>
    [Fact]
    public void The_id_of_an_event_never_changes() =>
        Assert.Equal(new Guid("dd686c45-9352-566a-b932-0f9b008c2164"), EventIds.Of("acme", "bitrix24/м1", "deal:17:won"));

    [Fact]
    public void No_two_triples_make_one_name()
    {
        var ids = new[]
        {
            EventIds.Of("a", "b", "c"), EventIds.Of("ab", "", "c"), EventIds.Of("a", "bc", ""), EventIds.Of("", "ab", "c"),
            EventIds.Of("a", "b/c", "d"), EventIds.Of("a", "b", "c/d"), EventIds.Of("a/b", "c", "d"), EventIds.Of("a", "\0b", "c"),
        };
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    [Fact]
    public void Long_names_are_whole()
    {
        var tail = new string('ж', 5_000);
        Assert.NotEqual(EventIds.Of("t", "s", tail + "1"), EventIds.Of("t", "s", tail + "2"));
    }
}
