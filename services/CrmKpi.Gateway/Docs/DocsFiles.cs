using System.Collections.Frozen;
using System.IO.Compression;
using System.Reflection;
using CrmKpi.Gateway.OpenApi;
using Swashbuckle.AspNetCore.SwaggerUI;

namespace CrmKpi.Gateway.Docs;

/// <summary>The files of the page: ours, and those of Swagger UI as its package brings them.</summary>
internal static class DocsFiles
{
    private const string Ours = "Docs.";
    private const string Theirs = "Swashbuckle.AspNetCore.SwaggerUI.node_modules.swagger_ui_dist.";

    private static readonly Lazy<FrozenDictionary<string, OwnContent>> Read = new(() => new Dictionary<string, OwnContent>
    {
        [""] = new(Load(typeof(DocsFiles).Assembly, Ours + "index.html"), "text/html; charset=utf-8"),
        ["docs.js"] = new(Load(typeof(DocsFiles).Assembly, Ours + "docs.js"), "text/javascript; charset=utf-8"),
        ["swagger-ui-bundle.js"] = new(
            Load(typeof(SwaggerUIOptions).Assembly, Theirs + "swagger-ui-bundle.js"), "text/javascript; charset=utf-8"),
        ["swagger-ui.css"] = new(
            Load(typeof(SwaggerUIOptions).Assembly, Theirs + "swagger-ui.css"), "text/css; charset=utf-8"),
    }.ToFrozenDictionary(StringComparer.Ordinal));

    /// <summary>The file of a name, or null.</summary>
    public static OwnContent? Find(string name) => Read.Value.GetValueOrDefault(name);

    private static byte[] Load(Assembly assembly, string name)
    {
        using var resource = assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{assembly.GetName().Name} has no resource '{name}'.");
        var bytes = new MemoryStream();
        resource.CopyTo(bytes);
        if (bytes.ToArray() is not [0x1F, 0x8B, ..] packed)
            return bytes.ToArray();
        // The package keeps some of its files compressed.
        using var unpacked = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        gzip.CopyTo(unpacked);
        return unpacked.ToArray();
    }
}
