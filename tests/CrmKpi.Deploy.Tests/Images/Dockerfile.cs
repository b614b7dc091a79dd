using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace CrmKpi.Deploy.Tests.Images;

/// <summary>The Dockerfile, as far as it can be understood without building it.</summary>
internal sealed partial class Dockerfile
{
    /// <summary>The images, by the target that makes each.</summary>
    public static readonly string[] Targets = ["gateway", "ingestion", "projections", "query", "cli"];

    private readonly Dictionary<string, Stage> _stages;

    /// <summary>Parses the text of a Dockerfile.</summary>
    public Dockerfile(string text) => _stages = Parse(text).ToDictionary(stage => stage.Name);

    /// <summary>The version that images have unless told otherwise.</summary>
    public string Version => _stages["base"].Arguments("ARG").Single()["VERSION=".Length..];

    /// <summary>The project of a service.</summary>
    public static string Project(string name) =>
        Repository.PathOf("services", $"CrmKpi.{name}", $"CrmKpi.{name}.csproj");

    /// <summary>What is wrong.</summary>
    public IEnumerable<string> Problems()
    {
        if (!_stages.Keys.Except(["build", "base"]).Order().SequenceEqual(Targets.Order()))
            yield return $"the targets are {string.Join(", ", _stages.Keys)}";
        foreach (var stage in _stages.Values.Where(stage => !_stages.ContainsKey(stage.From)))
            if (!Pinned().IsMatch(stage.From))
                yield return $"{stage.Name}: the base '{stage.From}' is not pinned";
        // "extra" has ICU and the time zones, which the plain one lacks.
        if (!_stages["base"].From.EndsWith("-chiseled-extra", StringComparison.Ordinal))
            yield return "base: has no time zones, or a shell";
        var published = Published().Match(_stages["build"].Arguments("RUN").Single()).Groups[1].Value.Split(' ');
        foreach (var target in Targets)
            foreach (var problem in Problems(_stages[target], published))
                yield return $"{target}: {problem}";
    }

    private IEnumerable<string> Problems(Stage stage, string[] published)
    {
        var user = stage.Arguments("USER").Concat(_stages[stage.From].Arguments("USER")).FirstOrDefault();
        if (!int.TryParse(user, out var id) || id == 0)
            yield return "runs as root";
        var name = Copied().Match(stage.Arguments("COPY").Single()).Groups[1].Value;
        if (!published.Contains(name) || !File.Exists(Project(name)))
        {
            yield return $"'{name}' is not published";
            yield break;
        }
        var project = XDocument.Load(Project(name));
        if (project.Descendants("OutputType").SingleOrDefault()?.Value != "Exe")
            yield return $"{name} is no program";
        var assembly = project.Descendants("AssemblyName").SingleOrDefault()?.Value ?? $"CrmKpi.{name}";
        if (stage.Arguments("ENTRYPOINT").Single() != $"""["dotnet", "{assembly}.dll"]""")
            yield return $"does not start {assembly}.dll";
    }

    private static IEnumerable<Stage> Parse(string text)
    {
        Stage? stage = null;
        var lines = Continued().Replace(Comment().Replace(text, ""), " ");
        foreach (var line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var (instruction, rest) = line.Split(' ', 2) is [var first, var second]
                ? (first, second)
                : throw new FormatException(line);
            if (instruction == "FROM")
            {
                if (stage is not null)
                    yield return stage;
                var parts = rest.Split(" AS ");
                stage = new Stage(parts[1], parts[0], []);
            }
            else
                stage!.Instructions.Add((instruction, rest));
        }
        yield return stage!;
    }

    private sealed record Stage(string Name, string From, List<(string Instruction, string Arguments)> Instructions)
    {
        public IEnumerable<string> Arguments(string instruction) =>
            Instructions.Where(i => i.Instruction == instruction).Select(i => i.Arguments);
    }

    [GeneratedRegex(@"^[a-z0-9./-]+:\d+\.\d+-[a-z-]+$")]
    private static partial Regex Pinned();

    [GeneratedRegex(@"^--from=build /out/(\w+) \.$")]
    private static partial Regex Copied();

    [GeneratedRegex(@"^for project in ([\w ]+); do .*? services/CrmKpi\.\$project .* -o /out/\$project ")]
    private static partial Regex Published();

    [GeneratedRegex(@"^#.*\n", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\\\n\s*")]
    private static partial Regex Continued();
}
