using System.Text;
using CrmKpi.ReadModels.Tests.Isolation;
using CrmKpi.Testing;

namespace CrmKpi.ReadModels.Tests.Erasure;

/// <summary>A row of any table as text, without asking the product which tables there are.</summary>
internal readonly record struct EveryRow(string Table, string Text)
{
    /// <summary>Whether the text stands in it, in whatever case, or as bytes, which are shown as hexadecimal
    /// digits.</summary>
    public bool TellsOf(string text) =>
        Text.Contains(text, StringComparison.OrdinalIgnoreCase)
        || Text.Contains(Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text)), StringComparison.Ordinal);

    /// <summary>Every row of every table but those of PostgreSQL itself.</summary>
    public static async Task<List<EveryRow>> Read(TestDatabase database)
    {
        var tables = await Isolated.Texts(database.DataSource, """
            SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
            ORDER BY 1
            """);
        Assert.True(tables.Count > 60);
        var rows = new List<EveryRow>();
        foreach (var table in tables)
            rows.AddRange((await Isolated.Texts(database.DataSource, $"SELECT t::text FROM {table} t ORDER BY 1"))
                .Select(text => new EveryRow(table, text)));
        return rows;
    }
}
