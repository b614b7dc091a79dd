using CrmKpi.Testing.Grpc;
using CrmKpi.V1;
using Google.Rpc;
using static CrmKpi.Services.Tests.Grpc.Events;

namespace CrmKpi.Services.Tests.Grpc;

/// <summary><c>EventIngestion.AppendStream</c>.</summary>
public sealed class AppendStreamTests(GrpcIngestion grpc) : IClassFixture<GrpcIngestion>
{
    private const int InvalidArgument = 3, NotFound = 5, ResourceExhausted = 8, Unauthenticated = 16;

    [Fact]
    public async Task Batches_are_acknowledged_in_their_order_when_they_are_durable()
    {
        const int Batches = 60, Each = 40;
        var tenant = await grpc.Crm.Tenant();
        using var call = grpc.Open();
        var acknowledged = Collect(call);
        for (var i = 0; i < Batches; i++)
            await call.Send(Batch(i == 0 ? tenant : "", 1_000 - i, Leads(Each, $"b{i}-")));
        call.End();
        var acks = await acknowledged;

        Assert.Equal(Enumerable.Range(0, Batches).Select(i => 1_000L - i), acks.Select(a => a.BatchId));
        Assert.All(acks, a => Assert.Equal((Each, 0, 0), (a.Result.Accepted, a.Result.Duplicates, a.Result.RejectedCount)));
        Assert.Equal(acks.Select(a => a.Result.Sequence).Order(), acks.Select(a => a.Result.Sequence));
        Assert.Equal(0, (await call.Status()).Code);
        Assert.Equal(Batches * Each, await grpc.Crm.LogLength(tenant));
        Assert.Equal("b0-0 b0-1 b0-2", await grpc.Crm.Database.Scalar<string>(
            "SELECT string_agg(source_id, ' ' ORDER BY seq_id) FROM (SELECT source_id, seq_id FROM events.mt_events "
            + "WHERE tenant_id = $1 AND stream_id <> 'tenant' ORDER BY seq_id LIMIT 3) first", tenant));
    }

    [Fact]
    public async Task A_stream_ends_with_the_key_that_it_was_begun_with()
    {
        var tenant = await grpc.Crm.Tenant();
        var (text, id) = await grpc.Crm.Key(["ingest"]);
        using var client = grpc.ClientOf(text);
        using var call = client.Open<AppendStreamRequest, AppendStreamResponse>(GrpcIngestion.StreamMethod);
        await call.Send(Batch(tenant, 1, Lead("1")));
        Assert.Equal(1, (await call.Receive())!.BatchId);
        (await grpc.Crm.Admin.DeleteAsync($"/v1/keys/{id}")).EnsureSuccessStatusCode();
        Assert.Null(await call.Receive());
        var status = await call.Status();
        Assert.Equal((Unauthenticated, "unauthorized"), (status.Code, status.Detail<ErrorInfo>()!.Reason));
        // What was acknowledged stays.
        Assert.Equal(1, await grpc.Crm.LogLength(tenant));
    }

    [Fact]
    public async Task An_acknowledged_batch_is_in_the_log_while_the_stream_is_open()
    {
        var tenant = await grpc.Crm.Tenant();
        using var call = grpc.Open();
        await call.Send(Batch(tenant, 1, Lead("1")));
        Assert.Equal(1, (await call.Receive())!.Result.Accepted);
        Assert.Equal(1, await grpc.Crm.LogLength(tenant));
        await call.Send(Batch(tenant, 2, Lead("1"), Lead("2")));
        var second = (await call.Receive())!.Result;
        Assert.Equal((1, 1), (second.Accepted, second.Duplicates));
        await call.Send(Batch("", 3));
        var empty = (await call.Receive())!;
        Assert.Equal((3, 0, second.Sequence), (empty.BatchId, empty.Result.Accepted, empty.Result.Sequence));
    }

    [Fact]
    public async Task Refused_events_are_reported_by_batch_and_do_not_end_the_stream()
    {
        var tenant = await grpc.Crm.Tenant();
        using var call = grpc.Open();
        await call.Send(Batch(tenant, 1, Lead("good"), Lead("bad", "7")));
        var first = (await call.Receive())!.Result;
        Assert.Equal((1, 1), (first.Accepted, first.RejectedCount));
        Assert.Equal((1, "bad", "wrong_type", "/data"), (
            first.Rejected[0].Index, first.Rejected[0].Id, first.Rejected[0].Code, first.Rejected[0].Pointer));
        await call.Send(Batch(tenant, 2, Lead("all", "7")));
        Assert.Equal(1, (await call.Receive())!.Result.RejectedCount);
        call.End();
        Assert.Null(await call.Receive());
        Assert.Equal(0, (await call.Status()).Code);
    }

    [Fact]
    public async Task What_came_before_a_wrong_message_is_acknowledged_before_the_status()
    {
        var tenant = await grpc.Crm.Tenant();
        using var call = grpc.Open();
        await call.Send(Batch(tenant, 1, Leads(500, "w")));
        await call.Send(Batch("another", 2, Lead("x")));
        Assert.Equal(500, (await call.Receive())!.Result.Accepted);
        Assert.Null(await call.Receive());
        var status = await call.Status();
        Assert.Equal((InvalidArgument, "tenant"), (status.Code, status.Detail<BadRequest>()!.FieldViolations.Single().Field));
        Assert.Equal(500, await grpc.Crm.LogLength(tenant));
    }

    [Theory]
    [InlineData("nobody", NotFound)]
    [InlineData("", InvalidArgument)]
    public async Task A_stream_of_no_tenant_ends_at_once(string tenant, int code)
    {
        using var call = grpc.Open();
        await call.Send(Batch(tenant, 1, Lead("x")));
        Assert.Null(await call.Receive());
        Assert.Equal(code, (await call.Status()).Code);
    }

    [Fact]
    public async Task A_batch_with_too_many_events_ends_the_stream()
    {
        var tenant = await grpc.Crm.Tenant();
        using var call = grpc.Open();
        await call.Send(Batch(tenant, 1, Enumerable.Repeat(new CloudNative.CloudEvents.V1.CloudEvent(), 20_001)));
        Assert.Null(await call.Receive());
        var status = await call.Status();
        Assert.Equal((ResourceExhausted, "body_too_large"), (status.Code, status.Detail<ErrorInfo>()!.Reason));
    }

    [Fact]
    public async Task A_batch_larger_than_the_window_goes_alone()
    {
        const int Each = 5_000;
        var tenant = await grpc.Crm.Tenant();
        using var call = grpc.Open();
        var acknowledged = Collect(call);
        for (var i = 0; i < 3; i++)
            await call.Send(Batch(tenant, i, Leads(Each, $"large{i}-")));
        call.End();
        Assert.Equal([Each, Each, Each], (await acknowledged).Select(a => a.Result.Accepted));
    }

    [Fact]
    public async Task A_cancelled_stream_leaves_what_was_acknowledged_and_takes_no_more_memory()
    {
        var tenant = await grpc.Crm.Tenant();
        for (var round = 0; round < 20; round++)
        {
            using var call = grpc.Open();
            await call.Send(Batch(tenant, 1, Leads(100, $"c{round}-")));
            await call.Send(Batch(tenant, 2, Leads(100, $"d{round}-")));
            Assert.Equal(100, (await call.Receive())!.Result.Accepted);
        }
        Assert.InRange(await grpc.Crm.LogLength(tenant), 2_000, 4_000);

        // Room that were not given back would be used up by now: 64 MiB of a tenant, 1 MiB × 3 a batch.
        for (var round = 0; round < 30; round++)
        {
            using var call = grpc.Open();
            await call.Send(Batch(tenant, 1, Lead($"e{round}", $"{{\"source\":\"{new string('x', 1_000_000)}\"}}")));
            Assert.Equal(1, (await call.Receive())!.Result.RejectedCount);
        }
    }

    [Fact]
    public async Task A_sender_that_does_not_read_is_held_up_and_loses_nothing()
    {
        const int Batches = 200, Each = 10, Bad = 10;
        // A refused event's id stands in the acknowledgement.
        var refused = Enumerable.Range(0, Bad).Select(i => Lead($"bad{i}-{new string('x', 500)}", "7")).ToArray();
        var tenant = await grpc.Crm.Tenant();
        using var call = grpc.Client.Open<AppendStreamRequest, AppendStreamResponse>(GrpcIngestion.StreamMethod, acceptsGzip: false);
        var sent = 0;
        var sending = Task.Run(async () =>
        {
            for (; sent < Batches; sent++)
                await call.Send(Batch(tenant, sent, Leads(Each, $"s{sent}-").Concat(refused)));
            call.End();
        });
        // Acknowledgements are some kilobytes each: when nobody reads them they fill all buffers, and then nothing more is taken in.
        Assert.NotSame(sending, await Task.WhenAny(sending, Task.Delay(TimeSpan.FromSeconds(3))));
        var acks = await Collect(call);
        // The status first: it says why a stream was ended that its sender was still busy with.
        var status = await call.Status();
        Assert.True(status.Code == 0, $"After {acks.Count} of {Batches} batches: {status.Code} {status.Message}");
        await sending;
        Assert.Equal(Batches, acks.Count);
        Assert.Equal((Batches * Each, Batches * Bad), (acks.Sum(a => a.Result.Accepted), acks.Sum(a => a.Result.RejectedCount)));
        Assert.Equal(Batches * Each, await grpc.Crm.LogLength(tenant));
    }

    private static async Task<List<AppendStreamResponse>> Collect(GrpcDuplex<AppendStreamRequest, AppendStreamResponse> call)
    {
        var all = new List<AppendStreamResponse>();
        while (await call.Receive() is { } next)
            all.Add(next);
        return all;
    }
}
