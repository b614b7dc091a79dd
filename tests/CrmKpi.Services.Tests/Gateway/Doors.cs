using System.Net;
using System.Net.Http.Headers;
using CrmKpi.Gateway;
using CrmKpi.Hosting.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace CrmKpi.Services.Tests.Gateway;

/// <summary>Gateways in front of services that a test makes up.</summary>
internal static class Doors
{
    /// <summary>The only key that <see cref="Checking"/> accepts.</summary>
    public const string RightKey = "crmkpi_right";

    /// <summary>A gateway with ingestion somewhere and nothing else behind it.</summary>
    public static async Task<WebApplication> Open(
        string ingestion, Dictionary<string, string?>? more = null, Action<WebApplicationBuilder>? configure = null)
    {
        var door = GatewayHost.Build([], builder =>
        {
            Installation.Listen(builder);
            builder.Configuration["Gateway:Ingestion"] = ingestion;
            builder.Configuration["Gateway:Query"] = Installation.Nowhere;
            builder.Configuration["Gateway:Projections"] = Installation.Nowhere;
            builder.Configuration["Gateway:HealthSecondsInterval"] = "0.2";
            builder.Configuration.AddInMemoryCollection(more ?? []);
            configure?.Invoke(builder);
        });
        await door.StartAsync();
        return door;
    }

    /// <summary>A service that is ready, unless told otherwise, and answers every other address with <paramref name="answer"/>.</summary>
    public static async Task<WebApplication> Service(
        RequestDelegate answer, string url = "http://127.0.0.1:0", Func<bool>? isReady = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        Installation.Listen(builder);
        builder.Configuration["urls"] = url;
        var service = builder.Build();
        service.MapGet("/health/ready", () => isReady?.Invoke() ?? true ? Results.Ok() : Results.StatusCode(503));
        service.MapFallback(answer);
        await service.StartAsync();
        return service;
    }

    /// <summary>
    /// A service that tells the right key from others, as ours do; <c>ann.1</c> and <c>ann.2</c> are Ann's.
    /// </summary>
    public static Task<WebApplication> Checking(Func<HttpContext, Task>? answer = null, Func<string, bool>? isRight = null) =>
        Service(context =>
        {
            var key = context.Request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal);
            if (!(isRight ?? (k => k == RightKey))(key))
            {
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                return Task.CompletedTask;
            }
            context.Response.Headers[AcceptedCredential.Header] = key.Split('.')[0];
            return answer?.Invoke(context) ?? Task.CompletedTask;
        });

    /// <summary>Asks for something that ingestion answers.</summary>
    public static async Task<HttpResponseMessage> Ask(
        this HttpClient client, string? key = null, string path = "/v1/tenants", HttpMethod? method = null, HttpContent? body = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, path) { Content = body };
        if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return await client.SendAsync(request);
    }

    /// <summary>The statuses of requests that are sent one after the other.</summary>
    public static async Task<List<HttpStatusCode>> Statuses(int count, Func<int, Task<HttpResponseMessage>> ask)
    {
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < count; i++)
        {
            using var answer = await ask(i);
            statuses.Add(answer.StatusCode);
        }
        return statuses;
    }
}
