using CrmKpi.Hosting.Limits;

namespace CrmKpi.Services.Tests.Hosting;

public sealed class TokenBucketTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_burst_passes_and_then_one_at_a_time()
    {
        var bucket = Bucket(perSecond: 2, burst: 5);
        for (var left = 4; left >= 0; left--)
        {
            var answer = bucket.TryTake();
            Assert.Equal((true, (long)left, TimeSpan.Zero), (answer.IsAllowed, answer.Remaining, answer.RetryAfter));
        }
        var refused = bucket.TryTake();
        Assert.Equal((false, 0L, TimeSpan.FromSeconds(0.5)), (refused.IsAllowed, refused.Remaining, refused.RetryAfter));
        _time.Now += TimeSpan.FromSeconds(0.4);
        Assert.False(bucket.TryTake().IsAllowed);
        _time.Now += TimeSpan.FromSeconds(0.1);
        Assert.True(bucket.TryTake().IsAllowed);
        Assert.False(bucket.TryTake().IsAllowed);
    }

    [Fact]
    public void It_fills_up_to_its_size_and_no_further()
    {
        var bucket = Bucket(perSecond: 10, burst: 3);
        Assert.True(bucket.IsFull);
        Assert.True(bucket.TryTake().IsAllowed);
        Assert.False(bucket.IsFull);
        _time.Now += TimeSpan.FromHours(1);
        Assert.True(bucket.IsFull);
        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(_ => bucket.TryTake().IsAllowed));
    }

    [Fact]
    public void Fewer_than_one_a_second_is_a_rate_too()
    {
        var bucket = Bucket(perSecond: 0.1, burst: 1);
        Assert.True(bucket.TryTake().IsAllowed);
        Assert.Equal(TimeSpan.FromSeconds(10), bucket.TryTake().RetryAfter);
        _time.Now += TimeSpan.FromSeconds(10);
        Assert.True(bucket.TryTake().IsAllowed);
    }

    [Fact]
    public async Task At_once_from_many_threads_it_gives_exactly_what_it_holds()
    {
        var bucket = Bucket(perSecond: 1, burst: 1_000);
        var given = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            () => Enumerable.Range(0, 500).Count(_ => bucket.TryTake().IsAllowed))));
        Assert.Equal(1_000, given.Sum());
    }

    [Fact]
    public void The_header_fields_say_what_is_allowed_and_what_is_left()
    {
        var policy = new RatePolicy("tenant", 50, 200);
        Assert.Equal("\"tenant\";q=200;w=4", policy.Header);
        Assert.Equal("\"tenant\";r=199;t=1", new TokenBucket(policy, _time).TryTake().Header(policy));
        Assert.Equal("\"a\";q=5;w=50", new RatePolicy("a", 0.1, 5).Header);
        Assert.Equal("\"a\";q=10;w=1", new RatePolicy("a", 100, 10).Header);
    }

    [Fact]
    public void A_table_keeps_partitions_apart_and_forgets_those_that_are_idle()
    {
        var table = new PartitionTable<int>(new RatePolicy("a", 1, 1), entriesMax: 3, _time);
        for (var key = 0; key < 3; key++)
            Assert.True(table.Of(key).Bucket.TryTake().IsAllowed);
        Assert.Same(table.Of(1), table.Of(1));
        Assert.False(table.Of(1).Bucket.TryTake().IsAllowed);

        // Full of busy ones: whoever comes shares one allowance.
        Assert.Same(table.Of(10), table.Of(11));
        Assert.Equal(3, table.Count);
        Assert.True(table.Of(10).Bucket.TryTake().IsAllowed);
        Assert.False(table.Of(11).Bucket.TryTake().IsAllowed);

        _time.Now += TimeSpan.FromSeconds(2);
        Assert.True(table.Of(2).TryEnter(1));
        Assert.NotSame(table.Of(10), table.Of(11));
        Assert.Null(table.Find(0));
        // With a request in flight it is not idle.
        Assert.NotNull(table.Find(2));
        Assert.Equal(3, table.Count);
    }

    [Fact]
    public void Requests_in_flight_have_a_limit_and_leave_room_when_they_end()
    {
        var partition = new Partition(new RatePolicy("a", 1, 1), _time);
        Assert.True(partition.TryEnter(2));
        Assert.True(partition.TryEnter(2));
        Assert.False(partition.TryEnter(2));
        Assert.False(partition.IsIdle);
        partition.Leave();
        Assert.True(partition.TryEnter(2));
        partition.Leave();
        partition.Leave();
        Assert.True(partition.IsIdle);
    }

    private TokenBucket Bucket(double perSecond, long burst) => new(new RatePolicy("test", perSecond, burst), _time);
}
