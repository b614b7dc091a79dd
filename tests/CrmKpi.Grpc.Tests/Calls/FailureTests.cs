using CrmKpi.Hosting.Grpc;
using CrmKpi.Hosting.Problems;
using Google.Rpc;
using Grpc.Testing;
using Status = CrmKpi.Hosting.Grpc.Status;

namespace CrmKpi.Grpc.Tests.Calls;

/// <summary>How failures reach the caller.</summary>
public sealed class FailureTests
{
    [Theory]
    [InlineData(400, StatusCode.InvalidArgument)]
    [InlineData(401, StatusCode.Unauthenticated)]
    [InlineData(403, StatusCode.PermissionDenied)]
    [InlineData(404, StatusCode.NotFound)]
    [InlineData(405, StatusCode.Unimplemented)]
    [InlineData(408, StatusCode.DeadlineExceeded)]
    [InlineData(409, StatusCode.Aborted)]
    [InlineData(413, StatusCode.ResourceExhausted)]
    [InlineData(422, StatusCode.FailedPrecondition)]
    [InlineData(429, StatusCode.ResourceExhausted)]
    [InlineData(500, StatusCode.Internal)]
    [InlineData(502, StatusCode.Unavailable)]
    [InlineData(503, StatusCode.Unavailable)]
    [InlineData(504, StatusCode.DeadlineExceeded)]
    [InlineData(418, StatusCode.Unknown)]
    public void Every_status_of_a_problem_has_a_code(int http, StatusCode code)
    {
        var failure = RichError.Of(new Problem(http, "some_code", "What was wrong."));
        Assert.Equal(new Status(code, "What was wrong."), failure.Status);
    }

    [Fact]
    public void An_address_that_does_not_exist_is_a_method_that_is_not_there() =>
        Assert.Equal(StatusCode.Unimplemented, RichError.Of(KnownProblems.OfStatus(404)).Status.Code);

    [Fact]
    public async Task A_problem_keeps_all_it_says()
    {
        await using var probe = await Probe.Start(new Handlers
        {
            Unary = (_, _) => throw new ProblemException(
                new Problem(503, "overloaded", "Too much at once.")
                {
                    Pointer = "/events/2/time",
                    Allowed = ["a", "b"],
                    RetryAfter = TimeSpan.FromSeconds(7),
                    Members = json =>
                    {
                        json.WriteNumber("queued", 12);
                        json.WriteString("tenant", "acme");
                    },
                }),
        });
        var status = (await probe.Unary()).Status;
        Assert.Equal(((int)StatusCode.Unavailable, "Too much at once."), (status.Code, status.Message));
        Assert.Equal((status.Code, status.Message), (status.Details!.Code, status.Details.Message));
        var info = status.Detail<ErrorInfo>()!;
        Assert.Equal(("overloaded", "crmkpi"), (info.Reason, info.Domain));
        Assert.Equal(("12", "acme", "a, b"), (info.Metadata["queued"], info.Metadata["tenant"], info.Metadata["allowed"]));
        var violation = Assert.Single(status.Detail<BadRequest>()!.FieldViolations);
        Assert.Equal(("/events/2/time", "Too much at once."), (violation.Field, violation.Description));
        Assert.Equal(7, status.Detail<RetryInfo>()!.RetryDelay.Seconds);
    }

    [Fact]
    public async Task An_error_of_ours_says_nothing_but_where_it_was_logged()
    {
        await using var probe = await Probe.Start(new Handlers
        {
            Unary = (_, _) => throw new InvalidOperationException("a secret of another"),
        });
        var status = (await probe.Unary()).Status;
        Assert.Equal((int)StatusCode.Internal, status.Code);
        Assert.DoesNotContain("secret", status.Message, StringComparison.Ordinal);
        var info = status.Detail<ErrorInfo>()!;
        Assert.Equal("internal_error", info.Reason);
        Assert.NotEmpty(info.Metadata["traceId"]);
        Assert.Contains("a secret of another", Assert.Single(probe.Errors.All), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_after_messages_comes_in_the_trailers()
    {
        await using var probe = await Probe.Start(new Handlers
        {
            Output = async (_, responses, _) =>
            {
                await responses.WriteAsync(new StreamingOutputCallResponse());
                throw RichError.BadRequest("Two fields are wrong.", [("a", "is empty"), ("b.c[1]", "is not")]);
            },
        });
        using var call = await probe.Output();
        Assert.NotNull(await call.Receive());
        Assert.Null(await call.Receive());
        var status = await call.Status();
        Assert.Equal((int)StatusCode.InvalidArgument, status.Code);
        Assert.Equal(
            [("a", "is empty"), ("b.c[1]", "is not")],
            status.Detail<BadRequest>()!.FieldViolations.Select(v => (v.Field, v.Description)));
    }

    [Fact]
    public async Task Trailers_of_the_call_and_of_the_failure_are_both_sent()
    {
        await using var probe = await Probe.Start(new Handlers
        {
            Unary = (request, call) =>
            {
                call.ResponseTrailers.Add("x-of-call", "1");
                call.ResponseTrailers.Add("x-of-call", "2");
                if (request.ResponseSize == 0)
                    return Task.FromResult(new SimpleResponse());
                var more = new Metadata();
                more.Add("x-of-failure-bin", [1, 2, 3, 4]);
                throw new RpcException(new Status(StatusCode.OutOfRange, ""), more);
            },
        });
        var ok = await probe.Unary();
        Assert.Equal(((int)StatusCode.OK, "1, 2"), (ok.Status.Code, ok.Status.Metadata["x-of-call"]));
        var failed = await probe.Unary(new SimpleRequest { ResponseSize = 1 });
        Assert.Equal(((int)StatusCode.OutOfRange, ""), (failed.Status.Code, failed.Status.Message));
        Assert.Equal(("1, 2", "AQIDBA"), (failed.Status.Metadata["x-of-call"], failed.Status.Metadata["x-of-failure-bin"]));
        Assert.Null(failed.Status.Details);
    }

    [Theory]
    [InlineData("x", 1_021)]
    [InlineData("ж", 510)]
    [InlineData("\U0001F600", 255)]
    public async Task What_does_not_fit_into_trailers_is_left_out(string letter, int kept)
    {
        await using var probe = await Probe.Start(new Handlers
        {
            Unary = (_, _) => throw RichError.BadRequest(
                string.Concat(Enumerable.Repeat(letter, 20_000)), Enumerable.Range(0, 10_000).Select(i => ($"events[{i}]", "is wrong"))),
        });
        var status = (await probe.Unary()).Status;
        Assert.Equal((int)StatusCode.InvalidArgument, status.Code);
        Assert.Equal(string.Concat(Enumerable.Repeat(letter, kept)) + "…", status.Message);
        var violations = status.Detail<BadRequest>()!.FieldViolations;
        Assert.InRange(violations.Count, 40, 400);
        Assert.Equal("events[0]", violations[0].Field);
    }

    [Theory]
    [InlineData("100 % sure")]
    [InlineData("Ключ не найден: №5")]
    [InlineData("line\r\nline\t\u0000end \U0001F600")]
    public async Task Every_text_arrives(string text)
    {
        await using var probe = await Probe.Start(new Handlers
        {
            Unary = (_, _) => throw new RpcException(new Status(StatusCode.Unknown, text)),
        });
        Assert.Equal(text, (await probe.Unary()).Status.Message);
    }
}
