using System.Text.RegularExpressions;
using System.Xml.Linq;
using CrmKpi.Deploy.Tests.Policies;

namespace CrmKpi.Deploy.Tests.Images;

public sealed partial class DockerfileTests
{
    private static readonly string Text = Repository.Read("Dockerfile");

    [Fact]
    public void Each_service_has_an_image_that_runs_what_was_published_and_not_as_root() =>
        Assert.Empty(new Dockerfile(Text).Problems());

    [Theory]
    [InlineData("USER 1654", "USER 0", "query: runs as root")]
    [InlineData("USER 1654", "USER root", "query: runs as root")]
    [InlineData("USER 1654", "", "query: runs as root")]
    [InlineData("10.0-noble-chiseled-extra", "latest",
        "base: the base 'mcr.microsoft.com/dotnet/aspnet:latest' is not pinned")]
    [InlineData("-chiseled-extra", "-chiseled", "base: has no time zones, or a shell")]
    [InlineData("/out/Query .", "/out/Queries .", "query: 'Queries' is not published")]
    [InlineData("Projections Query Cli;", "Projections Cli;", "query: 'Query' is not published")]
    [InlineData("CrmKpi.Query.dll", "CrmKpi.Gateway.dll", "query: does not start CrmKpi.Query.dll")]
    [InlineData("crmkpi.dll", "CrmKpi.Cli.dll", "cli: does not start crmkpi.dll")]
    [InlineData("FROM base AS cli", "FROM base AS other\nFROM base AS cli",
        "the targets are build, base, gateway, ingestion, projections, query, other, cli")]
    public void A_bad_image_is_found(string what, string instead, string problem) =>
        Assert.Contains(problem, new Dockerfile(Text.Replace(what, instead, StringComparison.Ordinal)).Problems());

    [Fact]
    public void All_that_projects_need_is_sent_to_the_build_and_nothing_built_before()
    {
        var ignore = File.ReadAllLines(Repository.PathOf(".dockerignore"));
        Assert.Equal("*", ignore[0]);
        Assert.Contains("**/bin", ignore);
        Assert.Contains("**/obj", ignore);

        var names = Dockerfile.Targets.Select(target => target[..1].ToUpperInvariant() + target[1..]);
        foreach (var project in Closure(names.Select(Dockerfile.Project)))
            foreach (Match outside in OutsideOfServices().Matches(File.ReadAllText(project)))
                Assert.Contains($"!{outside.Groups[1].Value}", ignore);
        foreach (var file in (string[])
            ["Directory.Build.props", "Directory.Packages.props", "global.json", "services"])
            Assert.Contains($"!{file}", ignore);
    }

    [ToolsFact]
    public async Task One_version_stands_everywhere()
    {
        var version = XDocument.Load(Repository.PathOf("Directory.Build.props")).Descendants("Version").Single().Value;

        Assert.Equal(version, new Dockerfile(Text).Version);
        var chart = Yaml.Object(Repository.Read("charts", "crm-kpi", "Chart.yaml"));
        Assert.Equal((version, version), (chart.Text("version"), chart.Text("appVersion")));
        foreach (var name in (string[])["overlay prod", "chart prod"])
            Assert.All(Policy.PodsOf(await Renderings.Named(name)), pod => Assert.All(
                pod.Containers, container => Assert.EndsWith($":{version}", container.Text("image"))));
    }

    [ToolsFact]
    public async Task What_is_rendered_has_an_image()
    {
        var images =
            from rendering in await Renderings.All
            from pod in Policy.PodsOf(rendering)
            from container in pod.Containers
            let name = OurImage().Match(container.Text("image")!).Groups[1].Value
            where name.Length > 0
            select name;

        Assert.Equal(Dockerfile.Targets.Except(["cli"]).Order(), images.Distinct().Order());
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

    [GeneratedRegex(@"\.\./\.\./([\w.-]+)/")]
    private static partial Regex OutsideOfServices();

    [GeneratedRegex(@"(?:^|/)crm-kpi-([\w-]+):")]
    private static partial Regex OurImage();
}
