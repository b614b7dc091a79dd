using System.Net;
using Microsoft.Extensions.DependencyInjection;
using static CrmKpi.Services.Tests.Gateway.Doors;

namespace CrmKpi.Services.Tests.Gateway;

/// <summary>A gateway that leaves: nobody's request is lost.</summary>
public sealed class DrainTests
{
    private const int DrainSeconds = 123;

    [Fact]
    public async Task First_it_is_not_ready_then_it_takes_no_more_and_what_is_under_way_ends_well()
    {
        var gate = new TaskCompletionSource();
        var inside = new TaskCompletionSource();
        await using var service = await Service(async context =>
        {
            if (!context.Request.Query.ContainsKey("wait"))
                return;
            inside.SetResult();
            await gate.Task;
        });
        var time = new HeldTime();
        await using var door = await Open(
            service.Urls.Single(), new() { ["Server:DrainSeconds"] = $"{DrainSeconds}" },
            builder => builder.Services.AddSingleton<TimeProvider>(time));
        using var client = Installation.Client(door);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/ready")).StatusCode);
        var underWay = client.Ask(path: "/v1/tenants?wait=1");
        await inside.Task;

        var stopping = door.StopAsync();
        await time.Asked.Task;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/health/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/live")).StatusCode);
        // New connections too.
        using var other = Installation.Client(door);
        Assert.Equal(HttpStatusCode.OK, (await other.Ask()).StatusCode);
        Assert.False(stopping.IsCompleted);

        time.Pass();
        while (true)
        {
            using var late = Installation.Client(door);
            try
            {
                await late.GetAsync("/health/live");
            }
            catch (HttpRequestException)
            {
                break;
            }
        }
        Assert.False(underWay.IsCompleted);
        gate.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await underWay).StatusCode);
        await stopping;
    }

    [Fact]
    public async Task Without_a_time_it_stops_at_once()
    {
        await using var door = await Open(Installation.Nowhere);
        await door.StopAsync();
        using var client = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync($"{door.Urls.Single()}/health/live"));
    }

    /// <summary>The system's time but for the drain, which passes when the test says so.</summary>
    private sealed class HeldTime : TimeProvider
    {
        private TimerCallback? _callback;
        private object? _state;

        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Pass() => _callback!(_state);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime != TimeSpan.FromSeconds(DrainSeconds))
                return base.CreateTimer(callback, state, dueTime, period);
            (_callback, _state) = (callback, state);
            Asked.TrySetResult();
            return base.CreateTimer(_ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
