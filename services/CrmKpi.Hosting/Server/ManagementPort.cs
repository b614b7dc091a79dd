using CrmKpi.Hosting.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace CrmKpi.Hosting.Server;

/// <summary>The address of <see cref="ServerOptions.ManagementUrl"/>: health, and nothing else.</summary>
internal static class ManagementPort
{
    private static readonly PathString Health = "/health";
    private static readonly object Marker = new();

    /// <summary>Marks the connections of an address as those of management.</summary>
    public static void Mark(ListenOptions listen) => listen.Use(next => connection =>
    {
        connection.Items[Marker] = true;
        return next(connection);
    });

    /// <summary>Answers 404 to what else is asked there.</summary>
    public static void UseManagementPort(this WebApplication app) => app.Use((context, next) =>
        context.Features.Get<IConnectionItemsFeature>()?.Items.ContainsKey(Marker) != true
        || context.Request.Path.StartsWithSegments(Health, StringComparison.Ordinal)
            ? next(context)
            : KnownProblems.OfStatus(StatusCodes.Status404NotFound).ExecuteAsync(context));
}
