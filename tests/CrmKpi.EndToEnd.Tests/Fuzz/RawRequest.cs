using System.Globalization;
using System.Text;

namespace CrmKpi.EndToEnd.Tests.Fuzz;

/// <summary>An HTTP/1.1 request in parts that can each be spoilt, also where a proper client would refuse to send it.</summary>
public sealed record RawRequest(string Method, string Target, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body)
{
    /// <summary>As it goes over the wire; its length is stated unless a header does so already.</summary>
    public byte[] ToBytes()
    {
        var head = new StringBuilder();
        head.Append(Method).Append(' ').Append(Target).Append(" HTTP/1.1\r\n");
        foreach (var (name, value) in Headers)
            head.Append(name).Append(": ").Append(value).Append("\r\n");
        if (StatedLength is null && (Body.Length > 0 || Method is "POST" or "PUT"))
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {Body.Length}\r\n");
        head.Append("\r\n");
        return [.. Encoding.Latin1.GetBytes(head.ToString()), .. Body];
    }

    /// <summary>True when the server would wait for bytes that do not come: the sender then closes its half.</summary>
    public bool IsCutShort =>
        !long.TryParse(StatedLength, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? StatedLength is not null
            : length > Body.Length;

    /// <summary>The header's value, or null.</summary>
    public string? Header(string name) =>
        Headers.FirstOrDefault(h => h.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    /// <summary>With a header set, or removed where the value is null.</summary>
    public RawRequest With(string name, string? value)
    {
        var others = Headers.Where(h => !h.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return this with { Headers = value is null ? [.. others] : [.. others, (name, value)] };
    }

    private string? StatedLength => Header("Content-Length");
}
