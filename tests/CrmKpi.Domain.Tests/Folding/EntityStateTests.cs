using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Folding;
using CrmKpi.Domain.Settings;
using static CrmKpi.Domain.Tests.Folding.ReadModel;

namespace CrmKpi.Domain.Tests.Folding;

public sealed class EntityStateTests
{
    [Fact]
    public void A_state_read_back_is_the_same_and_damaged_bytes_are_an_error()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var history = new RandomHistory(seed);
            foreach (var (key, bytes) in Of(history.Settings(), history.Events(60)).States)
            {
                Assert.Equal(bytes, EntityState.Deserialize(key, bytes).Serialize());
                Assert.InRange(EntityState.Deserialize(key, bytes).ApproximateBytes, 100, 100_000);
                Assert.Throws<FormatException>(() => EntityState.Deserialize(key, []));
                Assert.Throws<FormatException>(() => EntityState.Deserialize(key, [.. bytes, 0]));
                Assert.Throws<FormatException>(() => EntityState.Deserialize(key, [99, .. bytes.AsSpan(1)]));
                for (var length = 1; length < bytes.Length; length += 3)
                    Assert.Throws<FormatException>(() => EntityState.Deserialize(key, bytes.AsSpan(0, length)));
            }
        }
    }

    [Fact]
    public void Every_fact_fills_the_columns_of_its_schema_with_their_types()
    {
        var types = new Dictionary<FactType, Type>
        {
            [FactType.Text] = typeof(string),
            [FactType.Integer] = typeof(int),
            [FactType.BigInteger] = typeof(long),
            [FactType.Boolean] = typeof(bool),
            [FactType.Timestamp] = typeof(DateTime),
            [FactType.Date] = typeof(DateOnly),
            [FactType.Money] = typeof(decimal),
        };
        var seen = new HashSet<EntityKind>();
        for (var seed = 0; seed < 20; seed++)
        {
            var history = new RandomHistory(seed);
            var settings = history.Settings();
            foreach (var (key, bytes) in Of(settings, history.Events(60)).States)
            {
                var schema = FactSchema.Of(key.Kind);
                Assert.Equal(key.Kind, schema.Kind);
                var columns = new object?[schema.Columns.Count];
                EntityState.Deserialize(key, bytes).WriteFact(settings, columns);
                foreach (var (column, value) in schema.Columns.Zip(columns))
                    Assert.True(value is null || value.GetType() == types[column.Type], $"{key} {column.Name}: {value}");
                seen.Add(key.Kind);
            }
        }
        Assert.Equal(FactSchema.All.Select(s => s.Kind).ToHashSet(), seen);
    }

    [Fact]
    public void A_row_of_the_wrong_width_is_an_error()
    {
        var model = Of(new TenantSettings(), Event(1, "2025-01-01", "lead/l", "lead.created"));
        var (key, bytes) = model.States.Single();

        Assert.Throws<ArgumentException>(
            () => EntityState.Deserialize(key, bytes).WriteFact(new TenantSettings(), new object?[100]));
    }

    [Theory]
    [InlineData("deal/1", EntityKind.Deal, "1")]
    [InlineData("lead/a/b", EntityKind.Lead, "a/b")]
    [InlineData("cost/ ", EntityKind.Cost, " ")]
    public void The_entity_of_a_stream(string stream, EntityKind kind, string id)
    {
        Assert.True(EntityKey.TryParse(stream, out var key));
        Assert.Equal(new EntityKey(kind, id), key);
    }

    [Theory]
    [InlineData("tenant")]
    [InlineData("deal/")]
    [InlineData("planet/7")]
    [InlineData("")]
    public void Other_streams_have_no_fold(string stream) => Assert.False(EntityKey.TryParse(stream, out _));

    [Fact]
    public void A_batch_says_what_it_misses_and_is_used_once()
    {
        var batch = new FoldBatch(new TenantSettings());
        batch.Add([Event(1, "2025-01-01", "deal/d", "deal.won", "{'amount':1,'lead':'l','customer':'c'}"),
            Event(2, "2025-01-01", "tenant", "tenant.crm_launched", "{'date':'2025-01-01'}")]);

        Assert.Equal([new EntityKey(EntityKind.Deal, "d")], batch.Missing);
        Assert.Throws<InvalidOperationException>(() => batch.Complete());
        batch.Load(new EntityKey(EntityKind.Deal, "d"), null);
        Assert.Equal([new(EntityKind.Customer, "c"), new(EntityKind.Lead, "l")], batch.Missing.OrderByDescending(k => k.Kind));
        Assert.Throws<InvalidOperationException>(() => batch.Load(new EntityKey(EntityKind.Deal, "d"), null));
        batch.Load(new EntityKey(EntityKind.Lead, "l"), null);
        batch.Load(new EntityKey(EntityKind.Customer, "c"), null);
        Assert.Equal(3, batch.Complete().Entities.Count);
        Assert.Throws<ObjectDisposedException>(() => batch.Complete());
    }

    [Fact]
    public void Squares_of_money_are_those_of_hundredths_rounded_to_even()
    {
        var random = new Random(9);
        for (var round = 0; round < 10_000; round++)
        {
            var micros = round % 2 == 0 ? random.NextInt64(-1_000_000_000_000, 1_000_000_000_000) : random.Next(-9, 9) * 5_000L;
            var hundredths = (Int128)decimal.Round(micros / 10_000m, 0, MidpointRounding.ToEven);
            Assert.Equal(hundredths * hundredths,
                new Contribution(Measures.DealsWon, 0, DimensionSet.Empty, 0, 1, micros).Square);
            Assert.Equal(-(hundredths * hundredths),
                new Contribution(Measures.DealsWon, 0, DimensionSet.Empty, 0, -1, micros).Square);
        }
        Assert.Equal(49, new Contribution(Measures.SalesCycle, 0, DimensionSet.Empty, 0, 1, -7).Square);
    }
}
