using CrmKpi.Domain;
using CrmKpi.Hosting.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace CrmKpi.Hosting.Parameters;

/// <summary>The query parameters that an endpoint reads.</summary>
public sealed record KnownParameters(IReadOnlyList<string> Names)
{
    /// <summary>Those of an endpoint that says nothing.</summary>
    public static readonly KnownParameters None = new([]);
}

/// <summary>
/// Refuses query parameters that an endpoint does not read: what is misspelt shall not be taken for absent. For services whose
/// endpoints do not parse the query string themselves.
/// </summary>
public static class KnownParametersExtensions
{
    /// <summary>Names the query parameters that the endpoint reads.</summary>
    public static TBuilder WithParameters<TBuilder>(this TBuilder builder, params string[] names)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new KnownParameters(names));

    /// <summary>Answers 400 to any other one; behind access, so that strangers learn nothing.</summary>
    public static void UseKnownParameters(this WebApplication app) => app.Use((context, next) =>
    {
        if (context.Request.Query.Count == 0 || context.GetEndpoint() is not { } endpoint)
            return next(context);
        var known = (endpoint.Metadata.GetMetadata<KnownParameters>() ?? KnownParameters.None).Names;
        foreach (var (name, values) in context.Request.Query)
        {
            if (!known.Contains(name, StringComparer.Ordinal))
                return KnownProblems.BadParameter(
                    name, $"There is no query parameter '{name}'.{Suggestion.For(name, known)}", known).ExecuteAsync(context);
            if (values.Count > 1)
                return KnownProblems.BadParameter(
                    name, $"'{name}' is given {values.Count} times; it can have one value.").ExecuteAsync(context);
        }
        return next(context);
    });
}
