using System.Collections.Concurrent;

namespace CrmKpi.Query.Answers;

/// <summary>
/// Checked requests by what was asked, so that a dashboard's repeated question is not parsed again. Independent of tenants, unless
/// the parser is one tenant's. When it is full it is emptied: parsing costs microseconds.
/// </summary>
internal sealed class RequestCache<TRequest>(
    Func<AskedRequest, TRequest> parse, int requestsMax = RequestCache<TRequest>.RequestsDefault) where TRequest : class
{
    private const int RequestsDefault = 4_096;
    private const int SizeMax = 2_048;

    private readonly ConcurrentDictionary<AskedRequest, TRequest> _requests = new();

    /// <summary>The request; throws the problem of a wrong one.</summary>
    public TRequest Of(AskedRequest asked)
    {
        if (_requests.TryGetValue(asked, out var known))
            return known;
        var request = parse(asked);
        if (asked.Size > SizeMax)
            return request;
        if (_requests.Count >= requestsMax)
            _requests.Clear();
        return _requests[asked] = request;
    }
}
