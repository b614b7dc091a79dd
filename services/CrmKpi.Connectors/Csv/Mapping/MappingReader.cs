using CrmKpi.Connectors.Csv.Tables;

namespace CrmKpi.Connectors.Csv.Mapping;

/// <summary>Reads a mapping from YAML and reports every mistake with its line. The format: <c>docs/import-csv.md</c>.</summary>
public static class MappingReader
{
    /// <summary>The only version of the format so far.</summary>
    public const int Version = 1;

    private static readonly Dictionary<string, char> Delimiters = new()
    {
        ["comma"] = ',',
        [","] = ',',
        ["semicolon"] = ';',
        [";"] = ';',
        ["tab"] = '\t',
        ["\t"] = '\t',
        ["pipe"] = '|',
        ["|"] = '|',
        ["whitespace"] = TableOptions.Whitespace,
    };

    /// <summary>Reads a mapping.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <exception cref="MappingException">It has mistakes.</exception>
    public static CsvMapping Read(string yaml, string file)
    {
        var problems = new List<MappingProblem>();
        var mapping = YamlMap.Load(yaml, "The mapping", problems) is { } root ? ReadRoot(root) : null;
        if (problems.Count > 0 || mapping is null)
            throw new MappingException(file, [.. problems.OrderBy(p => p.Line)]);
        return mapping;
    }

    private static CsvMapping? ReadRoot(YamlMap root)
    {
        if (root.RequiredText("version") is { } version && version != $"{Version}")
            root.Problem(root.LineOf("version"), $"Version \"{version}\" is unknown; this program reads version {Version}.");
        var source = root.RequiredText("source");
        var defaults = new RuleDefaults(
            RuleReader.ReadZone(root, "timeZone") ?? TimeZoneInfo.Utc, root.Text("currency"));
        var files = new List<FileMapping>();
        foreach (var (name, node) in root.Map("files", "\"files\"")?.Entries ?? [])
        {
            if (node is YamlDotNet.RepresentationModel.YamlMappingNode map)
                files.Add(ReadFile(name, new YamlMap(map, $"The file \"{name}\"", root.Problems), defaults));
            else
                root.Problem(node.Start.Line, $"The file \"{name}\" must be a map of keys and values.");
        }
        if (files.Count == 0)
            root.Problem(root.LineOf("files"), "The mapping needs \"files\" with at least one file.");
        root.Done();
        CheckFiles(root, files);
        return source is null ? null : new CsvMapping(source, files);
    }

    private static FileMapping ReadFile(string name, YamlMap map, RuleDefaults defaults)
    {
        var joinMaps = map.Map("joins", "\"joins\"")?.Entries.ToList() ?? [];
        var columns = new Columns([.. joinMaps.Select(j => j.Key)]);
        var joins = new List<JoinMapping>();
        foreach (var (join, node) in joinMaps)
        {
            if (node is YamlDotNet.RepresentationModel.YamlMappingNode joinMap)
                joins.Add(ReadJoin(join, new YamlMap(joinMap, $"The join \"{join}\"", map.Problems), columns));
            else
                map.Problem(node.Start.Line, $"The join \"{join}\" must be a map of keys and values.");
        }
        var key = map.Texts("key");
        var wholeRow = key is ["*"];
        var names = map.Texts("columns");
        var repeats = map.Text("repeats");
        if (repeats is not (null or "same" or "number"))
            map.Problem(map.LineOf("repeats"), $"\"repeats\" must be same or number, not \"{repeats}\".");
        var file = new FileMapping(
            name, map.Text("match"), ReadTable(map), names.Count > 0 ? names : null, map.Texts("empty").ToHashSet(),
            wholeRow ? [] : [.. key.Select(k => columns.Slot(k, map.LineOf("key")))], wholeRow, repeats == "number", joins,
            [.. map.Maps("events", "An event rule").Select(r => RuleReader.Read(r, columns, defaults)).OfType<EventRule>()],
            columns, map.Line);
        CheckIds(map, file, key.Count > 0);
        map.Done();
        return file;
    }

    private static TableOptions ReadTable(YamlMap map)
    {
        char? delimiter = null;
        if (map.Text("delimiter") is { } text)
        {
            if (Delimiters.TryGetValue(text, out var known))
                delimiter = known;
            else
                map.Problem(map.LineOf("delimiter"),
                    $"\"delimiter\" must be one of comma, semicolon, tab, pipe, whitespace, not \"{text}\".");
        }
        var encodingName = map.Text("encoding");
        var encoding = encodingName is null ? null : EncodingProbe.Find(encodingName);
        if (encodingName is not null && encoding is null)
            map.Problem(map.LineOf("encoding"),
                $"The encoding \"{encodingName}\" is unknown. Examples: utf-8, utf-16, windows-1251, koi8-r, windows-1252.");
        char? quote = map.Text("quote") switch
        {
            null or "double" or "\"" => '"',
            "single" or "'" => '\'',
            "none" => null,
            var other => Refuse(other),
        };
        return new TableOptions(delimiter, encoding, quote, map.Number("skipLines", 1000));

        char? Refuse(string other)
        {
            map.Problem(map.LineOf("quote"), $"\"quote\" must be double, single or none, not \"{other}\".");
            return null;
        }
    }

    private static JoinMapping ReadJoin(string name, YamlMap map, Columns columns)
    {
        var on = map.Texts("on");
        var key = map.Texts("key");
        var file = map.RequiredText("file") ?? "";
        if (on.Count == 0)
            map.Problem(map.Line, $"The join \"{name}\" needs \"on\": the column of this file that holds the key.");
        if (key.Count == 0)
            key = on;
        if (key.Count != on.Count)
            map.Problem(map.LineOf("key"), "\"key\" and \"on\" must have the same number of columns.");
        var join = new JoinMapping(
            name, file, [.. on.Select(c => columns.Slot(c, map.LineOf("on")))], key, map.Flag("required", false), map.Line);
        map.Done();
        return join;
    }

    /// <summary>Checks what spans the rules of a file: names are unique, and every event gets a stable id.</summary>
    private static void CheckIds(YamlMap map, FileMapping file, bool hasKey)
    {
        foreach (var twice in file.Rules.GroupBy(r => r.Name).SelectMany(g => g.Skip(1)))
            map.Problem(twice.Line, $"Two rules of this file are called \"{twice.Name}\". Give this one another \"name\".");
        if (!hasKey && file.Rules.FirstOrDefault(r => r.Id is null) is { } rule)
            map.Problem(rule.Line, $"The rule \"{rule.Name}\" needs an \"id\", or its file a \"key\" (the columns that identify a "
                + "row; \"*\" = all of them), so that importing again finds the same events.");
        if (!hasKey && (file.NumberRepeats || file.Columns.UsesOccurrence))
            map.Problem(map.Line, "\"repeats: number\" and {_occurrence} count the rows with the same key, so they need a \"key\".");
    }

    private static void CheckFiles(YamlMap root, List<FileMapping> files)
    {
        var names = files.Select(f => f.Name).ToHashSet();
        foreach (var join in files.SelectMany(f => f.Joins).Where(j => j.File.Length > 0 && !names.Contains(j.File)))
            root.Problem(join.Line, $"The join \"{join.Name}\" looks into the file \"{join.File}\", which is not in \"files\" "
                + $"({string.Join(", ", names)}).");
        foreach (var join in files.SelectMany(f => f.Joins.Where(j => j.File == f.Name)))
            root.Problem(join.Line, $"The join \"{join.Name}\" looks into its own file; it must be another one.");
        if (files.Count > 1)
        {
            foreach (var file in files.Where(f => f.Match is null))
                root.Problem(file.Line, $"The file \"{file.Name}\" needs \"match\" (a pattern of file names such as \"leads*.csv\"), "
                    + "because the mapping has several files.");
        }
        if (root.Problems.Count == 0 && files.TrueForAll(f => f.Rules.Count == 0))
            root.Problem(0, "No file has \"events\", so nothing would be imported.");
    }
}

/// <summary>What rules fall back on.</summary>
internal sealed record RuleDefaults(TimeZoneInfo Zone, string? Currency);
