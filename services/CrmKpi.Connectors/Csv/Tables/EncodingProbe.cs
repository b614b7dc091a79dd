using System.Text;

namespace CrmKpi.Connectors.Csv.Tables;

/// <summary>Finds the encoding of a text from its first bytes.</summary>
public static class EncodingProbe
{
    static EncodingProbe() => Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);

    /// <summary>An encoding by its IANA name or code page number; null when there is none.</summary>
    public static Encoding? Find(string name)
    {
        try
        {
            return Strict(int.TryParse(name, out var page) ? Encoding.GetEncoding(page) : Encoding.GetEncoding(name));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>
    /// A byte order mark decides; else zero bytes mean UTF-16, valid UTF-8 is UTF-8, and what is left is a Cyrillic text
    /// in Windows-1251 when its bytes above 127 come in runs (words), or a western one in Windows-1252 when they stand alone.
    /// </summary>
    /// <param name="sample">The first bytes of the text.</param>
    /// <param name="complete">The sample is the whole text.</param>
    public static Encoding Detect(ReadOnlySpan<byte> sample, bool complete)
    {
        if (sample.StartsWith("\uFEFF"u8))
            return Strict(Encoding.UTF8);
        if (sample.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE, 0, 0]))
            return Strict(Encoding.UTF32);
        if (sample.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
            return Strict(Encoding.Unicode);
        if (sample.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return Strict(Encoding.BigEndianUnicode);
        return DetectUtf16(sample) ?? (IsUtf8(sample, complete) ? Strict(Encoding.UTF8) : DetectSingleByte(sample));
    }

    private static Encoding? DetectUtf16(ReadOnlySpan<byte> sample)
    {
        int even = 0, odd = 0, pairs = sample.Length / 2;
        for (var i = 0; i + 1 < sample.Length; i += 2)
        {
            even += sample[i] == 0 ? 1 : 0;
            odd += sample[i + 1] == 0 ? 1 : 0;
        }
        // Delimiters, digits and line breaks have a zero byte in UTF-16 whatever the language; other encodings have none.
        if (pairs == 0 || Math.Max(even, odd) * 20 < pairs)
            return null;
        return Strict(odd > even ? Encoding.Unicode : Encoding.BigEndianUnicode);
    }

    private static bool IsUtf8(ReadOnlySpan<byte> sample, bool complete)
    {
        while (!sample.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(sample, out _, out var consumed);
            if (status == System.Buffers.OperationStatus.NeedMoreData && !complete)
                return true;
            if (status != System.Buffers.OperationStatus.Done)
                return false;
            sample = sample[consumed..];
        }
        return true;
    }

    private static Encoding DetectSingleByte(ReadOnlySpan<byte> sample)
    {
        int inRuns = 0, alone = 0;
        for (var i = 0; i < sample.Length; i++)
        {
            if (sample[i] < 0xC0)
                continue;
            var neighbour = (i > 0 && sample[i - 1] >= 0xC0) || (i + 1 < sample.Length && sample[i + 1] >= 0xC0);
            if (neighbour)
                inRuns++;
            else
                alone++;
        }
        return Strict(Encoding.GetEncoding(inRuns >= alone ? 1251 : 1252));
    }

    /// <summary>Bytes that are not of the encoding are an error with a place, never a question mark in the data.</summary>
    private static Encoding Strict(Encoding encoding) =>
        Encoding.GetEncoding(encoding.CodePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
}
