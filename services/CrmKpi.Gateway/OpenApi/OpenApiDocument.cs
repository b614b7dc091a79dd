using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CrmKpi.Gateway.OpenApi;

/// <summary>
/// The description of the whole API: 1. the files of <c>OpenApi/Document</c>, one a feature, are put together, 2. their shorthands are
/// written out. The files are kept by hand; tests hold them against the routes, the parsers, the problem codes and real answers.
/// </summary>
internal sealed class OpenApiDocument
{
    private const string Folder = "OpenApi.Document.";
    private const string ProblemsFile = Folder + "problems.yaml";

    private static readonly string[] Mergeable =
        ["schemas", "parameters", "responses", "requestBodies", "headers", "securitySchemes", "examples"];

    private static readonly JsonSerializerOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly Lazy<OpenApiDocument> Made = new(() => new OpenApiDocument());

    private OpenApiDocument()
    {
        var root = Merge();
        var problems = new OpenApiProblems(Read(ProblemsFile));
        new OpenApiShorthands(problems).WriteOut(root);
        Content = new OwnContent(JsonSerializer.SerializeToUtf8Bytes(root, WriterOptions), "application/json");
    }

    /// <summary>The document, made at first use.</summary>
    public static OpenApiDocument Instance => Made.Value;

    /// <summary>As it is sent.</summary>
    public OwnContent Content { get; }

    private static JsonObject Merge()
    {
        var root = Read(Folder + "document.yaml");
        var (paths, components) = (new JsonObject(), (JsonObject)root["components"]!);
        foreach (var name in typeof(OpenApiDocument).Assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            if (!name.StartsWith(Folder, StringComparison.Ordinal) || name is Folder + "document.yaml" or ProblemsFile)
                continue;
            foreach (var (part, value) in Read(name))
            {
                if (part == "paths")
                    Add(paths, (JsonObject)value!, name);
                else if (part == "components")
                    foreach (var (kind, members) in (JsonObject)value!)
                        Add(Section(components, kind, name), (JsonObject)members!, name);
                else
                    throw new InvalidDataException($"{name}: a file of a feature has 'paths' and 'components', not '{part}'.");
            }
        }
        root["paths"] = paths;
        return root;
    }

    private static JsonObject Section(JsonObject components, string kind, string file)
    {
        if (!Mergeable.Contains(kind, StringComparer.Ordinal))
            throw new InvalidDataException($"{file}: there are no components '{kind}'.");
        if (components[kind] is not JsonObject section)
            components[kind] = section = [];
        return section;
    }

    // Two features may answer the same address by different methods.
    private static void Add(JsonObject target, JsonObject source, string file)
    {
        foreach (var (name, value) in source.ToArray())
        {
            source.Remove(name);
            if (target[name] is not JsonObject existing)
                target[name] = value;
            else if (name.StartsWith('/'))
                Add(existing, (JsonObject)value!, file);
            else
                throw new InvalidDataException($"{file}: '{name}' is defined twice.");
        }
    }

    private static JsonObject Read(string name)
    {
        using var stream = typeof(OpenApiDocument).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return OpenApiYaml.Read(reader);
    }
}
