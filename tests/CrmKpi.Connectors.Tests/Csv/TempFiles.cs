using System.IO.Compression;
using System.Text;
using System.Text.Json;
using CrmKpi.Connectors.Csv;
using CrmKpi.Connectors.Csv.Mapping;
using CrmKpi.Domain.Events;

namespace CrmKpi.Connectors.Tests.Csv;

/// <summary>A directory of input files that is removed after the test.</summary>
public sealed class TempFiles : IDisposable
{
    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("crmkpi-csv-").FullName;

    public string Write(string name, string text, Encoding? encoding = null) =>
        WriteBytes(name, [.. (encoding ?? new UTF8Encoding(false)).GetPreamble(),
            .. (encoding ?? Encoding.UTF8).GetBytes(text)]);

    public string WriteBytes(string name, byte[] bytes)
    {
        var path = Path.Combine(Directory, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public string WriteGzip(string name, string text)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return WriteBytes(name, memory.ToArray());
    }

    public List<ImportedRow> Import(string mapping, params string[] paths) =>
        [.. CsvSource.Create(MappingReader.Read(mapping, "map.yaml"), paths).Read()];

    public List<CanonicalEvent> Events(string mapping, params string[] paths)
    {
        var rows = Import(mapping, paths);
        Assert.Empty(rows.Where(r => r.Problem is not null).Select(r => r.Problem!.ToString()));
        return [.. rows.SelectMany(r => r.Events)];
    }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);
}

public static class EventExtensions
{
    public static string Json(this CanonicalEvent e) => Encoding.UTF8.GetString(e.Data.Span);

    public static JsonElement Data(this CanonicalEvent e, string name) =>
        JsonDocument.Parse(e.Data).RootElement.GetProperty(name);
}
