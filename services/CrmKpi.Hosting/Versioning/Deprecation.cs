using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace CrmKpi.Hosting.Versioning;

/// <summary>
/// Says of an endpoint that it will go away: <c>Deprecation</c> (RFC 9745), <c>Sunset</c> (RFC 8594) and a link to what to do instead,
/// on each answer, errors too.
/// </summary>
public sealed class Deprecation
{
    /// <summary>Between the notice and the end lie at least so many days.</summary>
    public const int NoticeDaysMin = 180;

    private readonly StringValues _since;
    private readonly StringValues _sunset;
    private readonly string _link;

    /// <param name="since">The day of the notice, UTC.</param>
    /// <param name="sunset">From this day on it may be gone, UTC.</param>
    /// <param name="link">What to do instead; absolute, or a path of the API's host.</param>
    public Deprecation(DateOnly since, DateOnly sunset, string link)
    {
        if (sunset.DayNumber - since.DayNumber < NoticeDaysMin)
            throw new ArgumentOutOfRangeException(
                nameof(sunset), sunset, $"An endpoint stays at least {NoticeDaysMin} days after the notice of {since:yyyy-MM-dd}.");
        if (!Uri.TryCreate(link, UriKind.RelativeOrAbsolute, out _) || link.AsSpan().ContainsAny("<> "))
            throw new ArgumentException($"'{link}' is no address.", nameof(link));
        _since = $"@{Start(since).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)}";
        _sunset = Start(sunset).ToString("R", CultureInfo.InvariantCulture);
        _link = $"<{link}>; rel=\"deprecation\"; type=\"text/html\"";
    }

    internal void SetHeaders(IHeaderDictionary headers)
    {
        headers["Deprecation"] = _since;
        headers["Sunset"] = _sunset;
        headers.Append("Link", _link);
    }

    private static DateTimeOffset Start(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
}

/// <summary>Deprecation of endpoints.</summary>
public static class DeprecationExtensions
{
    /// <summary>Tells callers that the endpoint will go away.</summary>
    public static TBuilder Deprecated<TBuilder>(this TBuilder builder, DateOnly since, DateOnly sunset, string link)
        where TBuilder : IEndpointConventionBuilder =>
        builder.WithMetadata(new Deprecation(since, sunset, link));

    /// <summary>Sets the headers; behind routing.</summary>
    internal static void UseDeprecations(this WebApplication app) => app.Use((context, next) =>
    {
        context.GetEndpoint()?.Metadata.GetMetadata<Deprecation>()?.SetHeaders(context.Response.Headers);
        return next(context);
    });
}
