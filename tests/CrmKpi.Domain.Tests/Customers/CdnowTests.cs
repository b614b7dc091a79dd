using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Events;
using CrmKpi.Domain.Settings;
using CrmKpi.Domain.Tests.Folding;

namespace CrmKpi.Domain.Tests.Customers;

/// <summary>The 69 659 purchases of the CDNOW data set, against values computed independently of this program.</summary>
public sealed class CdnowTests
{
    private static readonly Lazy<(CubeReading Reading, JsonElement Truth)> Cdnow = new(Load);

    [Fact]
    public void Retention_by_quarter()
    {
        var (reading, truth) = Cdnow.Value;
        foreach (var quarter in truth.GetProperty("quarterly").EnumerateArray())
        {
            var name = quarter.GetProperty("quarter").GetString()!;
            var first = new DateOnly(int.Parse(name[..4], CultureInfo.InvariantCulture), (name[5] - '1') * 3 + 1, 1);
            var (s, e) = (first.DayNumber, first.AddMonths(3).DayNumber);
            long Truth(string value) => quarter.GetProperty(value).GetInt64();
            var start = reading.Level(Measures.CustomersActive, s);
            var kept = reading.Both(Measures.CustomersKept, s, e);

            Assert.Equal((name, Truth("start")), (name, start));
            Assert.Equal((name, Truth("end")), (name, reading.Level(Measures.CustomersActive, e)));
            Assert.Equal((name, Truth("new")), (name, reading.Flow(Measures.CustomersNew, s, e)));
            Assert.Equal((name, Truth("kept")), (name, kept));
            Assert.Equal((name, Truth("lost")), (name, start - kept));
            Assert.Equal((name, Truth("reactivated")),
                (name, reading.Both(Measures.CustomersActiveKnown, s, e) - kept));
            Assert.Equal((name, Truth("buyers_in_quarter")), (name, reading.Within(Measures.CustomersBuying, s, e)));
        }
    }

    [Fact]
    public void Sums_and_counts()
    {
        var (reading, truth) = Cdnow.Value;
        var (s, e) = (new DateOnly(1997, 1, 1).DayNumber, new DateOnly(1998, 7, 1).DayNumber);

        Assert.Equal(truth.GetProperty("transactions").GetInt64(), reading.Flow(Measures.Purchases, s, e));
        Assert.Equal(decimal.Parse(truth.GetProperty("revenue").GetString()!, CultureInfo.InvariantCulture),
            (decimal)reading.FlowSum(Measures.Purchases, s, e) / 1_000_000);
        Assert.Equal(truth.GetProperty("customers").GetInt64(), reading.Flow(Measures.CustomersNew, s, e));
        Assert.Equal(truth.GetProperty("repeat_rate").GetProperty("num").GetInt64(),
            reading.Both(Measures.CustomersBuyingTwice, s, e));
        Assert.Equal((Int128)truth.GetProperty("days_between_first_and_last").GetProperty("sum").GetDouble(),
            reading.FlowSum(Measures.CustomerLifespan, s, e));
    }

    private static (CubeReading, JsonElement) Load()
    {
        var folder = Folder();
        var truth = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "truth.json"))).RootElement;
        var model = new ReadModel(new TenantSettings { PurchaseSource = PurchaseSource.Payments, Currency = "USD" });
        using var reader = new StreamReader(
            new GZipStream(File.OpenRead(Path.Combine(folder, "CDNOW_master.txt.gz")), CompressionMode.Decompress));
        reader.ReadLine();
        var events = new List<LogEvent>();
        while (reader.ReadLine() is { } line)
        {
            var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var day = DateOnly.ParseExact(parts[1], "yyyyMMdd", CultureInfo.InvariantCulture);
            events.Add(ReadModel.Event(events.Count + 1, day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                $"customer/{parts[0]}", "purchase.made", $"{{'purchase':'{events.Count}','amount':'{parts[3]}'}}"));
        }
        model.Fold(events.ToArray());
        return (new CubeReading(model.Cells), truth);
    }

    private static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Directory.Exists(Path.Combine(folder.FullName, "tests", "data", "cdnow")))
                return Path.Combine(folder.FullName, "tests", "data", "cdnow");
        throw new DirectoryNotFoundException("tests/data/cdnow is not above the test assembly.");
    }
}
