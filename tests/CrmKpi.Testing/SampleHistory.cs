using System.Globalization;
using System.Text;

namespace CrmKpi.Testing;

/// <summary>One event of a made-up history; <see cref="Data"/> is its JSON object.</summary>
public sealed record SampleEvent(string Id, string Type, string Subject, DateTimeOffset Time, string Data)
{
    /// <summary>As one CloudEvents 1.0 JSON object on one line.</summary>
    public string ToCloudEvent(string source = "sample") =>
        $$"""{"specversion":"1.0","id":"{{Id}}","source":"{{source}}","type":"{{Type}}","subject":"{{Subject}}","time":"{{Time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture)}}","data":{{Data}}}""";
}

/// <summary>
/// A made-up but plausible CRM history, the same for the same seed: leads arrive over two years, are assigned,
/// answered, become deals that walk through four stages with changing amounts, are won or lost, some are reopened;
/// customers buy again. About six events a lead on average, interleaved by time as a CRM would send them.
/// </summary>
public static class SampleHistory
{
    private static readonly string[] Managers = [.. Enumerable.Range(1, 12).Select(i => $"manager-{i}")];
    private static readonly string[] Sources = ["ads", "organic", "referral", "email", "event"];
    private static readonly string[] Regions = ["north", "south", "west"];
    private static readonly string[] Stages = ["new", "qualified", "offer", "contract"];
    private static readonly string[] Reasons = ["price", "competitor", "no answer"];

    /// <summary>At least <paramref name="count"/> events ordered by time, cut to exactly that many.</summary>
    public static IReadOnlyList<SampleEvent> Events(int count, int seed)
    {
        var random = new Random(seed);
        var events = new List<SampleEvent>(count + 32);
        var start = new DateTimeOffset(2024, 1, 1, 6, 0, 0, TimeSpan.Zero);
        for (var lead = 0; events.Count < count; lead++)
            AddLead(events, random, lead, start.AddSeconds(random.Next(2 * 365 * 86_400)));
        events.Sort((a, b) => a.Time != b.Time ? a.Time.CompareTo(b.Time) : string.CompareOrdinal(a.Id, b.Id));
        return events.Count == count ? events : events.GetRange(0, count);
    }

    /// <summary>The events as an NDJSON body.</summary>
    public static byte[] ToNdjson(IEnumerable<SampleEvent> events, string source = "sample")
    {
        var text = new StringBuilder();
        foreach (var e in events)
            text.Append(e.ToCloudEvent(source)).Append('\n');
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void AddLead(List<SampleEvent> events, Random random, int number, DateTimeOffset time)
    {
        var manager = Pick(random, Managers);
        var customer = $"c{random.Next(Math.Max(10, number / 2))}";
        void Add(string kind, string type, string data) =>
            events.Add(new($"{type}:{kind}{number}:{events.Count}", type, $"{kind}/{number}", time, data));

        Add("lead", "lead.created",
            $$"""{"source":"{{Pick(random, Sources)}}","region":"{{Pick(random, Regions)}}","manager":"{{manager}}"}""");
        time = time.AddMinutes(random.Next(1, 600));
        Add("inquiry", "inquiry.received", $$"""{"channel":"form","lead":"{{number}}"}""");
        time = time.AddMinutes(random.Next(1, 2_000));
        Add("inquiry", "inquiry.answered", $$"""{"manager":"{{manager}}"}""");
        if (random.NextDouble() < 0.55)
        {
            if (random.NextDouble() < 0.5)
                Add("lead", "lead.lost", $$"""{"reason":"{{Pick(random, Reasons)}}"}""");
            return;
        }

        var amount = random.Next(1_000, 900_000);
        Add("deal", "deal.created",
            $$"""{"lead":"{{number}}","customer":"{{customer}}","pipeline":"main","stage":"new","amount":{"amount":"{{amount}}.50","currency":"RUB"},"manager":"{{manager}}"}""");
        for (var stage = 1; stage < Stages.Length; stage++)
        {
            time = time.AddMinutes(random.Next(30, 20_000));
            if (random.NextDouble() < 0.25)
            {
                Add("deal", "deal.lost", $$"""{"reason":"{{Pick(random, Reasons)}}"}""");
                if (random.NextDouble() > 0.1)
                    return;
                time = time.AddMinutes(random.Next(30, 5_000));
                Add("deal", "deal.reopened", $$"""{"stage":"{{Stages[stage]}}"}""");
            }
            else
                Add("deal", "deal.stage_changed", $$"""{"stage":"{{Stages[stage]}}"}""");
        }

        time = time.AddMinutes(random.Next(30, 20_000));
        Add("deal", "deal.won", $$"""{"amount":{"amount":"{{amount}}.50","currency":"RUB"},"customer":"{{customer}}"}""");
        if (random.NextDouble() < 0.3)
            Add("survey", "survey.responded",
                $$"""{"kind":"nps","score":{{random.Next(0, 11)}},"scaleMax":10,"customer":"{{customer}}","manager":"{{manager}}"}""");
    }

    private static string Pick(Random random, string[] values) => values[random.Next(values.Length)];
}
