using System.Text.RegularExpressions;

namespace CrmKpi.Deploy.Tests.Policies;

/// <summary>
/// The settings that services know, read from the text of their options classes: <c>const string Section</c> and public
/// properties. A service refuses to start with others in a section of its own, and overlooks those of no section.
/// </summary>
internal static partial class Settings
{
    private const string Shared = "hosting";

    private static readonly Lazy<ILookup<string, OptionsClass>> Read = new(() => Directory
        .EnumerateDirectories(Repository.PathOf("services"), "CrmKpi.*")
        .SelectMany(Classes).ToLookup(c => c.Project, StringComparer.Ordinal));

    /// <summary>The options of a service that have a section, those that it shares with all among them.</summary>
    /// <param name="service">As its image calls it: <c>query</c>.</param>
    public static IEnumerable<string> OptionsOf(string service) =>
        Of(service).Where(c => c.Section is not null).Select(c => c.Name);

    /// <summary>Whether a variable is a setting of a service, or of what it is built on.</summary>
    public static bool IsKnown(string service, string variable)
    {
        if (Framework().IsMatch(variable))
            return true;
        var parts = variable.Split("__");
        var classes = Of(service);
        return parts.Length > 1
            && classes.Find(c => c.Section == parts[0]) is { } options
            && Reaches(classes, options, parts.AsSpan(1));
    }

    private static List<OptionsClass> Of(string service) => [.. Read.Value[service], .. Read.Value[Shared]];

    // Down into options in options, and by index into lists.
    private static bool Reaches(List<OptionsClass> classes, OptionsClass options, ReadOnlySpan<string> path)
    {
        if (!options.Properties.TryGetValue(path[0], out var property))
            return false;
        var rest = path[1..];
        var type = property.Type;
        if (ListOf().Match(type) is { Success: true } list)
        {
            if (rest.IsEmpty || !int.TryParse(rest[0], out _))
                return false;
            type = list.Groups[1].Value;
            rest = rest[1..];
        }
        else if (!property.IsSet && rest.IsEmpty)
        {
            return false;
        }
        return classes.Find(c => c.Name == type) is { } inside
            ? !rest.IsEmpty && Reaches(classes, inside, rest)
            : rest.IsEmpty;
    }

    private static IEnumerable<OptionsClass> Classes(string directory)
    {
        var project = Path.GetFileName(directory)["CrmKpi.".Length..].ToLowerInvariant();
        return
            from file in Directory.EnumerateFiles(directory, "*.cs", SearchOption.AllDirectories)
            where !Generated().IsMatch(file)
            let text = File.ReadAllText(file)
            where OptionsDeclaration().IsMatch(text)
            from one in Parse(project, text)
            select one;
    }

    /// <summary>The classes of a file, each with what stands up to the next one.</summary>
    private static IEnumerable<OptionsClass> Parse(string project, string text)
    {
        var declarations = Declaration().Matches(text);
        for (var i = 0; i < declarations.Count; i++)
        {
            var end = i + 1 < declarations.Count ? declarations[i + 1].Index : text.Length;
            var body = text[declarations[i].Index..end];
            var section = SectionConstant().Match(body);
            yield return new OptionsClass(
                project, declarations[i].Groups[1].Value, section.Success ? section.Groups[1].Value : null,
                Property().Matches(body).ToDictionary(
                    p => p.Groups[2].Value, p => new OptionsProperty(p.Groups[1].Value, p.Groups[3].Success),
                    StringComparer.Ordinal));
        }
    }

    [GeneratedRegex("^(ASPNETCORE_URLS|OTEL_[A-Z_]+|DOTNET_[A-Za-z_]+|Logging__.+)$")]
    private static partial Regex Framework();

    [GeneratedRegex(@"[\\/](obj|bin)[\\/]")]
    private static partial Regex Generated();

    [GeneratedRegex(@"class \w+Options\b")]
    private static partial Regex OptionsDeclaration();

    [GeneratedRegex(@"^(?:public|internal) [\w ]*\b(?:class|record|struct) (\w+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    [GeneratedRegex("public const string Section = \"(\\w+)\"")]
    private static partial Regex SectionConstant();

    [GeneratedRegex(@"^    public ([\w<>?]+) (\w+) \{ get; (set; )?\}", RegexOptions.Multiline)]
    private static partial Regex Property();

    [GeneratedRegex(@"^IList<(\w+)>$")]
    private static partial Regex ListOf();
}

/// <summary>A class of options, or one that stands in one.</summary>
/// <param name="Project">The project without its prefix, in lower case.</param>
internal sealed record OptionsClass(
    string Project, string Name, string? Section, IReadOnlyDictionary<string, OptionsProperty> Properties);

/// <summary>A property of it.</summary>
/// <param name="IsSet">Whether it has a setter: others are of use when they hold something.</param>
internal sealed record OptionsProperty(string Type, bool IsSet);
