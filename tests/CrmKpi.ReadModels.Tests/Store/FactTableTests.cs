using CrmKpi.Domain.Folding;
using CrmKpi.ReadModels.Store;
using CrmKpi.Testing;

namespace CrmKpi.ReadModels.Tests.Store;

public sealed class FactTableTests
{
    [Fact]
    public async Task The_tables_have_the_columns_of_the_fact_schema()
    {
        await using var database = await TestDatabase.Create();
        foreach (var schema in FactSchema.All)
        {
            var columns = await database.Scalar<string>(
                """
                SELECT string_agg(format('%s %s', attname, format_type(atttypid, NULL)), ', ' ORDER BY attnum)
                FROM pg_attribute
                WHERE attrelid = format('kpi.%I', $1::text)::regclass AND attnum > 5 AND NOT attisdropped
                """, schema.Table);
            Assert.Equal(
                string.Join(", ", schema.Columns.Select(c => $"{c.Name} {FactTable.SqlType(c.Type)}"))
                    .Replace("timestamptz", "timestamp with time zone", StringComparison.Ordinal),
                columns);
        }
    }

    [Fact]
    public async Task Every_key_begins_with_the_tenant()
    {
        await using var database = await TestDatabase.Create();
        Assert.Equal(0L, await database.Scalar<long>(
            """
            SELECT count(*) FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_attribute a
                ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
            WHERE t.relnamespace = 'kpi'::regnamespace AND a.attname <> 'tenant_id'
            """));
    }
}
