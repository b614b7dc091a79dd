using CrmKpi.Connectors.Csv;

namespace CrmKpi.Cli.Import;

/// <summary>Where an import stands.</summary>
/// <param name="Sent">Events acknowledged, accepted and duplicates and rejected together, skipped ones included.</param>
/// <param name="BytesRead">Bytes of input read.</param>
/// <param name="BytesTotal">Bytes of input.</param>
/// <param name="Waiting">Why it waits for the server at the moment; null = it does not.</param>
public readonly record struct ImportProgress(long Sent, long BytesRead, long BytesTotal, string? Waiting);

/// <summary>What an import did. Everything counted here is durable.</summary>
public sealed class ImportReport
{
    /// <summary>Problems that are listed; their number is exact beyond it.</summary>
    public const int ProblemsListedMax = 1_000;

    private readonly List<ImportProblem> _problems = [];
    private readonly SortedDictionary<string, long> _byCode = new(StringComparer.Ordinal);

    /// <summary>New in the log.</summary>
    public long Accepted { get; internal set; }

    /// <summary>In the log before.</summary>
    public long Duplicates { get; internal set; }

    /// <summary>Refused by the server; they stay in its quarantine.</summary>
    public long Rejected { get; internal set; }

    /// <summary>Not sent, because an earlier, interrupted run had them acknowledged.</summary>
    public long Skipped { get; internal set; }

    /// <summary>The tenant's last sequence after the last answer.</summary>
    public long Sequence { get; internal set; }

    /// <summary>Problems of rows and rejected events.</summary>
    public long ProblemCount { get; private set; }

    /// <summary>The first problems, with their places.</summary>
    public IReadOnlyList<ImportProblem> Problems => _problems;

    /// <summary>How many problems there are of each code.</summary>
    public IReadOnlyDictionary<string, long> ProblemsByCode => _byCode;

    internal void Add(ImportProblem problem)
    {
        ProblemCount++;
        _byCode[problem.Code] = _byCode.GetValueOrDefault(problem.Code) + 1;
        if (_problems.Count < ProblemsListedMax)
            _problems.Add(problem);
    }
}

/// <summary>An import stopped before its end; what was acknowledged until then is in <see cref="Report"/>.</summary>
public sealed class ImportStoppedException(string message, ImportReport report, Exception? cause = null)
    : Exception(message, cause)
{
    /// <summary>What was done until then.</summary>
    public ImportReport Report { get; } = report;
}
