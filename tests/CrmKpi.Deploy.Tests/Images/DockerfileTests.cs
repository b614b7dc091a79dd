using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace CrmKpi.Deploy.Tests.Images;

/// <summary>What can be seen of the images without building them.</summary>
public sealed partial class DockerfileTests
{
    private static readonly string[] Targets = ["gateway", "ingestion", "projections", "query", "cli"];

    private static readonly Dictionary<string, Stage> Stages = Parse(Repository.Read("Dockerfile")).ToDictionary(s => s.Name);

    [Fact]
    public void There_is_an_image_for_each_service() =>
        Assert.Equal(Targets.Order(), Stages.Keys.Except(["build", "base"]).Order());

    [Fact]
    public void Bases_are_pinned_and_what_runs_is_chiselled()
    {
        var bases = Stages.Values.Select(s => s.From).Where(from => !Stages.ContainsKey(from)).ToList();

        Assert.All(bases, image => Assert.Matches(@"^[a-z0-9./-]+:\d+\.\d+-[a-z-]+$", image));
        // "extra" has ICU and the time zones, which the plain one lacks.
        Assert.EndsWith("-chiseled-extra", Stages["base"].From);
    }

    [Theory]
    [MemberData(nameof(TargetNames))]
    public void It_runs_what_was_published_and_not_as_root(string target)
    {
        var stage = Stages[target];
        Assert.Equal("base", stage.From);
        Assert.True(int.Parse(Stages["base"].Arguments("USER").Single()) > 0);
        Assert.Empty(stage.Arguments("USER"));

        var published = Regex.Match(stage.Arguments("COPY").Single(), @"^--from=build /out/(\w+) \.$").Groups[1].Value;
        var loop = Regex.Match(Stages["build"].Arguments("RUN").Single(), @"^for project in ([\w ]+); do .*? services/CrmKpi\.\$project .* -o /out/\$project ");
        Assert.Contains(published, loop.Groups[1].Value.Split(' '));
        var project = XDocument.Load(Repository.PathOf("services", $"CrmKpi.{published}", $"CrmKpi.{published}.csproj"));
        Assert.Equal("Exe", project.Descendants("OutputType").Single().Value);
        var assembly = project.Descendants("AssemblyName").SingleOrDefault()?.Value ?? $"CrmKpi.{published}";
        Assert.Equal($"""["dotnet", "{assembly}.dll"]""", stage.Arguments("ENTRYPOINT").Single());
    }

    public static TheoryData<string> TargetNames => [.. Targets];

    [Fact]
    public void All_that_projects_need_is_sent_to_the_build_and_nothing_built_before()
    {
        var ignore = File.ReadAllLines(Repository.PathOf(".dockerignore"));
        Assert.Equal("*", ignore[0]);
        Assert.Contains("**/bin", ignore);
        Assert.Contains("**/obj", ignore);

        foreach (var project in Closure(Targets.Select(Project)))
            foreach (Match outside in OutsideOfServices().Matches(File.ReadAllText(project)))
                Assert.Contains($"!{outside.Groups[1].Value}", ignore);
        foreach (var file in (string[])["Directory.Build.props", "Directory.Packages.props", "global.json", "services"])
            Assert.Contains($"!{file}", ignore);
    }

    [ToolsFact]
    public async Task One_version_stands_everywhere()
    {
        var version = XDocument.Load(Repository.PathOf("Directory.Build.props")).Descendants("Version").Single().Value;

        Assert.Equal($"VERSION={version}", Stages["base"].Arguments("ARG").Single());
        var chart = Yaml.Object(Repository.Read("charts", "crm-kpi", "Chart.yaml"));
        Assert.Equal((version, version), (chart.Text("version"), chart.Text("appVersion")));
        foreach (var rendering in (Rendering[])[await Renderings.Named("overlay prod"), await Renderings.Named("chart prod")])
            Assert.All(rendering.OfKind("Deployment").Concat(rendering.OfKind("Job")), owner => Assert.EndsWith(
                $":{version}", owner.Text("spec.template.spec.containers.0.image")));
    }

    [ToolsFact]
    public async Task What_is_rendered_has_an_image()
    {
        var images =
            from rendering in await Renderings.All
            from owner in rendering.Objects
            from container in owner.Each("spec.template.spec.containers")
            let name = Regex.Match(container.Text("image")!, @"(?:^|/)crm-kpi-([\w-]+):").Groups[1].Value
            where name.Length > 0
            select name;

        Assert.Equal(["gateway", "ingestion", "projections", "query"], images.Distinct().Order());
    }

    private static string Project(string target)
    {
        var name = target[..1].ToUpperInvariant() + target[1..];
        return Repository.PathOf("services", $"CrmKpi.{name}", $"CrmKpi.{name}.csproj");
    }

    private static HashSet<string> Closure(IEnumerable<string> projects)
    {
        var found = new HashSet<string>();
        var open = new Queue<string>(projects);
        while (open.TryDequeue(out var project))
            if (found.Add(Path.GetFullPath(project)))
                foreach (var reference in XDocument.Load(project).Descendants("ProjectReference"))
                    open.Enqueue(Path.Combine(Path.GetDirectoryName(project)!, reference.Attribute("Include")!.Value));
        return found;
    }

    private static IEnumerable<Stage> Parse(string text)
    {
        Stage? stage = null;
        foreach (var line in Continued().Replace(Comment().Replace(text, ""), " ").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var (instruction, rest) = line.Split(' ', 2) is [var first, var second] ? (first, second) : throw new FormatException(line);
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

    [GeneratedRegex(@"^#.*\n", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\\\n\s*")]
    private static partial Regex Continued();

    [GeneratedRegex(@"\.\./\.\./([\w.-]+)/")]
    private static partial Regex OutsideOfServices();
}
