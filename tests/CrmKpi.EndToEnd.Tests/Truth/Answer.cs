using System.Text.Json;
using CrmKpi.EndToEnd.Tests.Local;

namespace CrmKpi.EndToEnd.Tests.Truth;

/// <summary>Expected values and answers, and how they are compared: counts and sums exactly, quantiles within one percent.</summary>
internal static class Answer
{
    private const double QuantileError = 0.01;

    /// <summary>The expected values of a data set.</summary>
    public static JsonElement Truth(string dataSet) =>
        JsonDocument.Parse(File.ReadAllText(Repository.Data($"{dataSet}/truth.json"))).RootElement;

    /// <summary>The points of a KPI by group: the values of its dimensions, joined.</summary>
    public static async Task<Dictionary<string, List<JsonElement>>> Kpi(this LocalFixture local, string tenant, string query)
    {
        var answer = await local.Api.Get($"/v1/tenants/{tenant}/kpis?limit=1000&{query}", default);
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("nextPage").ValueKind);
        var kpi = Assert.Single(answer.GetProperty("kpis").EnumerateArray());
        return kpi.GetProperty("series").EnumerateArray().ToDictionary(
            s => string.Join('|', s.GetProperty("group").EnumerateObject().Select(g => g.Value.GetString())),
            s => s.GetProperty("points").EnumerateArray().ToList());
    }

    /// <summary>The only point of a KPI.</summary>
    public static async Task<JsonElement> One(this LocalFixture local, string tenant, string query) =>
        Assert.Single(Assert.Single(await local.Kpi(tenant, query)).Value);

    public static decimal? Get(this JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDecimal() : null;

    public static string Day(this JsonElement point) => point.GetProperty("from").GetString()!;

    public static void Ratio(JsonElement truth, JsonElement point)
    {
        Assert.Equal(truth.Get("num"), point.Get("numerator"));
        Assert.Equal(truth.Get("den"), point.Get("denominator"));
    }

    /// <summary>Equal but for the rounding of floating-point numbers and of answers to ten digits.</summary>
    public static void Same(decimal? expected, decimal? actual)
    {
        Assert.NotNull(expected);
        Assert.NotNull(actual);
        Assert.True(Math.Abs(expected.Value - actual.Value) <= 1e-9m * (1 + Math.Abs(expected.Value)), $"expected {expected}, got {actual}");
    }

    public static void Quantile(decimal? expected, decimal? actual)
    {
        Assert.NotNull(expected);
        Assert.NotNull(actual);
        Assert.InRange((double)actual.Value, (double)expected.Value * (1 - QuantileError), (double)expected.Value * (1 + QuantileError));
    }
}
