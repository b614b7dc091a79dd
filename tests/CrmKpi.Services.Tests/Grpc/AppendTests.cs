using CloudNative.CloudEvents.V1;
using CrmKpi.V1;
using Google.Protobuf;
using Google.Rpc;
using static CrmKpi.Services.Tests.Grpc.Events;
using Attribute = CloudNative.CloudEvents.V1.CloudEvent.Types.CloudEventAttributeValue;

namespace CrmKpi.Services.Tests.Grpc;

/// <summary><c>EventIngestion.Append</c>.</summary>
public sealed class AppendTests(GrpcIngestion grpc) : IClassFixture<GrpcIngestion>
{
    private const int InvalidArgument = 3, NotFound = 5, PermissionDenied = 7, ResourceExhausted = 8, FailedPrecondition = 9,
        Aborted = 10, Unauthenticated = 16;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Events_are_accepted_and_then_duplicates(bool gzip)
    {
        var tenant = await grpc.Crm.Tenant();
        var first = (await grpc.Append(Request(tenant, Lead("1"), Lead("2")), gzip)).Ok;
        Assert.Equal((2, 0, 0), (first.Accepted, first.Duplicates, first.RejectedCount));
        var again = (await grpc.Append(Request(tenant, Lead("2"), Lead("3"), Lead("1")), gzip)).Ok;
        Assert.Equal((1, 2, 0), (again.Accepted, again.Duplicates, again.RejectedCount));
        Assert.Equal(first.Sequence + 1, again.Sequence);
        Assert.Equal(3, await grpc.Crm.LogLength(tenant));
    }

    [Fact]
    public async Task An_event_is_the_same_whichever_way_it_comes()
    {
        var tenant = await grpc.Crm.Tenant();
        await (await grpc.Crm.Admin.PostEvents(tenant, Ingestion.SampleEvents.Lead("x"), HttpExtensions.One)).Tally(accepted: 1);
        Assert.Equal(1, (await grpc.Append(Request(tenant, Lead("x")))).Ok.Duplicates);

        Assert.Equal(1, (await grpc.Append(Request(tenant, Lead("y")))).Ok.Accepted);
        await (await grpc.Crm.Admin.PostEvents(tenant, Ingestion.SampleEvents.Lead("y"), HttpExtensions.One)).Tally(0, duplicates: 1);
        var events = (await (await grpc.Crm.Admin.GetAsync($"/v1/tenants/{tenant}/events?after=1")).Json()).GetProperty("events");
        var (rest, message) = (events[0], events[1]);
        foreach (var member in (string[])["source", "type", "time", "data"])
            Assert.Equal(rest.GetProperty(member).GetRawText(), message.GetProperty(member).GetRawText());
        Assert.Equal("lead/y", message.GetProperty("stream").GetString());
    }

    [Fact]
    public async Task Data_may_be_text_or_bytes_and_time_a_text()
    {
        var tenant = await grpc.Crm.Tenant();
        var answer = (await grpc.Append(Request(
            tenant,
            Lead("bytes", e => e.BinaryData = ByteString.CopyFromUtf8(""" { "source": "ads", "manager": "Зоя" } """)),
            Lead("text", e => e.Attributes["time"] = new Attribute { CeString = "2025-03-01T09:30:00.123456789+03:00" }),
            Lead("more", e => e.Attributes["correlationid"] = new Attribute { CeUriRef = "c-1" })))).Ok;
        Assert.Equal((3, 0), (answer.Accepted, answer.RejectedCount));
        Assert.Equal("Зоя", await grpc.Crm.Database.Scalar<string>(
            "SELECT data ->> 'manager' FROM events.mt_events WHERE tenant_id = $1 AND stream_id = 'lead/bytes'", tenant));
    }

    [Fact]
    public async Task A_wrong_event_is_reported_and_stands_in_quarantine_as_json_and_the_others_are_kept()
    {
        var tenant = await grpc.Crm.Tenant();
        var answer = (await grpc.Append(Request(
            tenant,
            Lead("good"),
            Lead("typed", e => e.TextData = """{"source": 7}"""),
            Lead("broken", e => e.TextData = "{\"source\": "),
            Lead("", e => e.Id = "")))).Ok;

        Assert.Equal((1, 3), (answer.Accepted, answer.RejectedCount));
        Assert.Equal(
            [(1, "typed", "wrong_type", "/data/source"), (2, "broken", "malformed_json", "/data"), (3, "", "missing_field", "/id")],
            answer.Rejected.Select(r => (r.Index, r.Id, r.Code, r.Pointer)));
        Assert.All(answer.Rejected, r => Assert.NotEmpty(r.Detail));

        var kept = (await (await grpc.Crm.Admin.GetAsync($"/v1/tenants/{tenant}/quarantine")).Json()).GetProperty("events");
        Assert.Equal(
            """{"specversion":"1.0","id":"typed","source":"test","type":"lead.created","subject":"lead/typed","time":"2025-03-01T06:30:00Z","data":{"source": 7}}""",
            kept[0].GetProperty("body").GetString());
        Assert.Contains("\"data\":\"{\\\"source\\\": \"", kept[1].GetProperty("body").GetString());
        Assert.Equal(("typed", "test", "lead.created"), (
            kept[0].GetProperty("eventId").GetString(), kept[0].GetProperty("source").GetString(), kept[0].GetProperty("type").GetString()));
    }

    [Fact]
    public async Task When_nothing_was_kept_the_call_fails_and_says_why_of_each()
    {
        var tenant = await grpc.Crm.Tenant();
        var status = (await grpc.Append(Request(
            tenant, Lead("a", e => e.Type = "lead.creatd"), Lead("b", "[]"), Lead("c", e => e.Attributes.Remove("time"))))).Status;

        Assert.Equal(FailedPrecondition, status.Code);
        Assert.Equal(("all_rejected", "crmkpi"), (status.Detail<ErrorInfo>()!.Reason, status.Detail<ErrorInfo>()!.Domain));
        var violations = status.Detail<BadRequest>()!.FieldViolations;
        Assert.Equal(["events[0].type", "events[1].data", "events[2].attributes[time]"], violations.Select(v => v.Field));
        Assert.Equal(["unknown_type", "wrong_type", "missing_field"], violations.Select(v => v.Reason));
        Assert.Equal(3, status.Detail<AppendResponse>()!.RejectedCount);
        Assert.Equal(0, await grpc.Crm.LogLength(tenant));
    }

    [Fact]
    public async Task Many_wrong_events_leave_room_in_the_details()
    {
        var tenant = await grpc.Crm.Tenant();
        var status = (await grpc.Append(Request(tenant, Leads(2_000, "w").Select(e => { e.Type = "x"; return e; })))).Status;
        Assert.Equal(FailedPrecondition, status.Code);
        Assert.Equal("all_rejected", status.Detail<ErrorInfo>()!.Reason);
        Assert.Equal(2_000, status.Detail<AppendResponse>()!.RejectedCount);
        Assert.InRange(status.Detail<BadRequest>()!.FieldViolations.Count, 1, 100);
    }

    [Fact]
    public async Task An_expected_version_holds_for_the_stream_of_all_events()
    {
        var tenant = await grpc.Crm.Tenant();
        AppendRequest At(long version, params IEnumerable<CloudEvent> events)
        {
            var request = Request(tenant, events);
            request.ExpectedVersion = version;
            return request;
        }
        Assert.Equal(1, (await grpc.Append(At(0, Lead("v")))).Ok.Accepted);
        var status = (await grpc.Append(At(0, Lead("w", e => e.Attributes["subject"].CeString = "lead/v")))).Status;
        Assert.Equal((Aborted, "version_conflict"), (status.Code, status.Detail<ErrorInfo>()!.Reason));

        await Violates(await grpc.Append(At(0, Lead("x"), Lead("y"))), "expected_version");
        await Violates(await grpc.Append(At(-1, Lead("x"))), "expected_version");
        Assert.Equal(1, await grpc.Crm.LogLength(tenant));
    }

    [Fact]
    public async Task A_request_without_tenant_or_events_names_the_field()
    {
        await Violates(await grpc.Append(Request("", Lead("1"))), "tenant");
        await Violates(await grpc.Append(Request(await grpc.Crm.Tenant())), "events");
    }

    [Fact]
    public async Task Too_many_events_and_too_large_messages_are_refused()
    {
        var tenant = await grpc.Crm.Tenant();
        var many = (await grpc.Append(Request(tenant, Enumerable.Repeat(new CloudEvent(), 20_001)))).Status;
        Assert.Equal((ResourceExhausted, "body_too_large"), (many.Code, many.Detail<ErrorInfo>()!.Reason));
        var large = (await grpc.Append(Request(tenant, Lead("l", $"{{\"source\":\"{new string('x', 3_000_000)}\"}}")))).Status;
        Assert.Equal(ResourceExhausted, large.Code);
        Assert.Equal(0, await grpc.Crm.LogLength(tenant));
    }

    [Fact]
    public async Task An_event_that_is_too_large_is_refused_with_its_head_in_quarantine()
    {
        var tenant = await grpc.Crm.Tenant();
        var answer = (await grpc.Append(Request(
            tenant, Lead("good"), Lead("large", $"{{\"source\":\"{new string('x', 1_100_000)}\"}}")))).Ok;
        Assert.Equal(("large", "too_large"), (answer.Rejected.Single().Id, answer.Rejected.Single().Code));
        Assert.Equal(64 * 1024L, await grpc.Crm.Database.Scalar<long>(
            "SELECT length(body)::bigint FROM control.quarantine WHERE tenant_id = $1", tenant));
    }

    [Fact]
    public async Task Unknown_tenants_wrong_keys_and_missing_scopes_are_told_apart_as_over_rest()
    {
        var tenant = await grpc.Crm.Tenant();
        var unknown = (await grpc.Append(Request("nobody", Lead("1")))).Status;
        Assert.Equal((NotFound, "tenant_not_found"), (unknown.Code, unknown.Detail<ErrorInfo>()!.Reason));

        using var another = grpc.ClientOf((await grpc.Crm.Key(["ingest"], [await grpc.Crm.Tenant()])).Text);
        var others = (await another.Call<AppendResponse>(GrpcIngestion.AppendMethod, Request(tenant, Lead("1")))).Status;
        Assert.Equal((unknown.Code, unknown.Message, unknown.Details), (others.Code, others.Message, others.Details));

        using var reader = grpc.ClientOf((await grpc.Crm.Key(["query"])).Text);
        var denied = (await reader.Call<AppendResponse>(GrpcIngestion.AppendMethod, Request(tenant, Lead("1")))).Status;
        Assert.Equal((PermissionDenied, "missing_scope"), (denied.Code, denied.Detail<ErrorInfo>()!.Reason));

        using var nobody = grpc.ClientOf(null);
        var keyless = (await nobody.Call<AppendResponse>(GrpcIngestion.AppendMethod, Request(tenant, Lead("1")))).Status;
        Assert.Equal((Unauthenticated, "unauthorized"), (keyless.Code, keyless.Detail<ErrorInfo>()!.Reason));
        Assert.Equal(0, await grpc.Crm.LogLength(tenant));
    }

    private static Task Violates(Testing.Grpc.GrpcReply<AppendResponse> reply, string field)
    {
        Assert.Equal(InvalidArgument, reply.Status.Code);
        Assert.Equal(field, reply.Status.Detail<BadRequest>()!.FieldViolations.Single().Field);
        return Task.CompletedTask;
    }
}
