using System.Collections.Concurrent;

namespace CrmKpi.Query.Answers;

/// <summary>
/// Checked requests by their query string, so that a dashboard's repeated question is not parsed again. Independent of
/// tenants, unless the parser is one tenant's. When it is full it is emptied: parsing costs microseconds.
/// </summary>
internal sealed class RequestCache<TRequest>(
    Func<string, bool, TRequest> parse, int requestsMax = RequestCache<TRequest>.RequestsDefault) where TRequest : class
{
    private const int RequestsDefault = 4_096;
    private const int CharsMax = 2_048;

    private readonly ConcurrentDictionary<(string, bool), TRequest> _requests = new();

    /// <summary>The request of a query string; throws the problem of a wrong one.</summary>
    public TRequest Of(string queryString, bool acceptsCsv)
    {
        if (_requests.TryGetValue((queryString, acceptsCsv), out var known))
            return known;
        var request = parse(queryString, acceptsCsv);
        if (queryString.Length > CharsMax)
            return request;
        if (_requests.Count >= requestsMax)
            _requests.Clear();
        return _requests[(queryString, acceptsCsv)] = request;
    }
}
