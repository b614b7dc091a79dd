using System.Text;
using System.Text.RegularExpressions;
using CrmKpi.Connectors.Csv.Mapping;
using CrmKpi.Domain.Events;

namespace CrmKpi.Connectors.Csv;

/// <summary>What became of one row.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Line">The row's first line.</param>
/// <param name="Events">Its events; empty when no rule applies or the row has a problem.</param>
/// <param name="Problem">Why the row was left out as a whole, or null.</param>
/// <param name="BytesRead">Bytes of all files (as they lie on disk) read so far, for progress.</param>
public readonly record struct ImportedRow(
    string File, long Line, IReadOnlyList<CanonicalEvent> Events, ImportProblem? Problem, long BytesRead);

/// <summary>
/// Text tables as a stream of canonical events. Reading again gives the same events with the same ids in the same order.
/// Memory does not grow with the tables, save for joined files and for counting keys (each has a limit).
/// </summary>
public sealed class CsvSource
{
    private readonly CsvMapping _mapping;

    private CsvSource(CsvMapping mapping, IReadOnlyList<InputFile> files) => (_mapping, Files) = (mapping, files);

    /// <summary>The files in the order in which they are read.</summary>
    public IReadOnlyList<InputFile> Files { get; }

    /// <summary>Bytes of all files that make events.</summary>
    public long BytesTotal => Files.Where(f => f.Mapping.Rules.Count > 0).Sum(f => new FileInfo(f.Path).Length);

    /// <summary>Assigns files to the entries of a mapping.</summary>
    /// <exception cref="FileNotFoundException">A file does not exist.</exception>
    /// <exception cref="ArgumentException">A file fits no entry or several, or a file that a join needs is missing.</exception>
    public static CsvSource Create(CsvMapping mapping, IReadOnlyList<string> paths)
    {
        var files = new List<InputFile>();
        foreach (var path in paths)
        {
            if (!File.Exists(path))
                throw new FileNotFoundException($"The file \"{path}\" does not exist.", path);
            var name = Path.GetFileName(path);
            var fitting = mapping.Files.Where(f => f.Match is null || Fits(name, f.Match)).ToList();
            if (fitting.Count != 1)
                throw new ArgumentException(fitting.Count == 0
                    ? $"\"{name}\" fits none of the mapping's files ({string.Join(", ", mapping.Files.Select(f => $"{f.Name}: {f.Match}"))})."
                    : $"\"{name}\" fits several of the mapping's files ({string.Join(", ", fitting.Select(f => f.Name))}). "
                      + "Make their \"match\" differ.");
            files.Add(new InputFile(path, fitting[0]));
        }
        foreach (var join in files.SelectMany(f => f.Mapping.Joins))
        {
            if (files.Count(f => f.Mapping.Name == join.File) is var count and not 1)
                throw new ArgumentException($"The join \"{join.Name}\" needs exactly one file \"{join.File}\" "
                    + $"(match: {mapping.Files.Single(f => f.Name == join.File).Match}), but {count} are given.");
        }
        var order = mapping.Files.Select(f => f.Name).ToList();
        return new CsvSource(mapping, [.. files.OrderBy(f => order.IndexOf(f.Mapping.Name))]);
    }

    /// <summary>Reads the rows of all files. Problems that belong to no row come as rows without events.</summary>
    public IEnumerable<ImportedRow> Read(CancellationToken ct = default)
    {
        long bytesBefore = 0;
        foreach (var file in Files.Where(f => f.Mapping.Rules.Count > 0))
        {
            using var rows = FileEvents.Read(_mapping, file, Files, ct).GetEnumerator();
            while (true)
            {
                ImportedRow row;
                try
                {
                    if (!rows.MoveNext())
                        break;
                    row = rows.Current;
                }
                catch (Exception e) when (Explain(e) is { } explained)
                {
                    row = new ImportedRow(file.Name, 0, [], new ImportProblem(
                        file.Name, 0, explained.Column, explained.Code, explained.Message, StopsFile: true), 0);
                }
                yield return row with { BytesRead = bytesBefore + row.BytesRead };
                if (row.Problem is { StopsFile: true })
                    break;
            }
            bytesBefore += new FileInfo(file.Path).Length;
        }
    }

    /// <summary>Why a file could not be read to its end.</summary>
    private static RowProblemException? Explain(Exception e) => e switch
    {
        RowProblemException known => known,
        DecoderFallbackException => new RowProblemException("bad_encoding",
            "The file has bytes that do not fit its encoding. Say which one it is with \"encoding\" in the mapping."),
        InvalidDataException => new RowProblemException("bad_gzip", "The compressed file is damaged. Fetch it again."),
        IOException or UnauthorizedAccessException => new RowProblemException("unreadable", $"The file cannot be read: {e.Message}"),
        _ => null,
    };

    private static bool Fits(string name, string pattern) => Regex.IsMatch(name,
        "^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal) + "$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
}
