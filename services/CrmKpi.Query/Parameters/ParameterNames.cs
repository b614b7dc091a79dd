using CrmKpi.Hosting.Problems;

namespace CrmKpi.Query.Parameters;

/// <summary>
/// What whoever asks calls the parameters: their names in a query string, or the paths of the fields of a message. Problems name
/// the place that the caller knows.
/// </summary>
internal sealed class ParameterNames
{
    /// <summary>Those of a query string.</summary>
    public static readonly ParameterNames QueryString = new(null);

    private readonly IReadOnlyDictionary<string, string>? _fields;

    private ParameterNames(IReadOnlyDictionary<string, string>? fields) => _fields = fields;

    /// <summary>True when the parameters are the fields of a message.</summary>
    public bool AreFields => _fields is not null;

    /// <summary>The name of a parameter, given that in a query string.</summary>
    public string this[string parameter] => _fields?.GetValueOrDefault(parameter) ?? parameter;

    /// <summary>The fields of a message: parameter → path of the field; those that are not there are called alike.</summary>
    public static ParameterNames Fields(IReadOnlyDictionary<string, string> paths) => new(paths);

    /// <summary>How a value is asked for: <c>compare=year</c>.</summary>
    public string Asking(string parameter, string value) => AreFields ? $"'{value}' in '{this[parameter]}'" : $"{parameter}={value}";

    /// <summary>The problem of a wrong parameter.</summary>
    public ProblemException Bad(string parameter, string detail, IReadOnlyList<string>? allowed = null) =>
        new(KnownProblems.BadParameter(this[parameter], detail, allowed));
}
