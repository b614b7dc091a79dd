using System.Text.Json;
using CrmKpi.Cli.Output;

namespace CrmKpi.Cli.Server;

/// <summary>Lists that the server answers page by page.</summary>
internal static class Pages
{
    private const int PageSize = 1_000;

    /// <summary>All items of a list.</summary>
    /// <param name="path">The address, with or without a query.</param>
    /// <param name="name">The member that holds the items of a page.</param>
    /// <param name="after">Behind which item it begins; empty = at the first.</param>
    /// <param name="most">Not many more than these.</param>
    public static async Task<List<JsonElement>> GetAll(
        this ApiClient api, string path, string name, CancellationToken ct, string after = "", int most = int.MaxValue)
    {
        var items = new List<JsonElement>();
        var sign = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        do
        {
            var from = after.Length > 0 ? $"&after={Uri.EscapeDataString(after)}" : "";
            var page = await api.Get($"{path}{sign}limit={Math.Min(PageSize, most)}{from}", ct);
            items.AddRange(page.GetProperty(name).EnumerateArray());
            after = page.Text("next");
        }
        while (after.Length > 0 && items.Count < most);
        return items;
    }
}
