using System.IO.Compression;
using System.Text;
using CsvHelper;

namespace CrmKpi.Connectors.Csv.Tables;

/// <summary>
/// Reads a text table row by row in constant memory: compressed or not, in any encoding and with any delimiter; what is not
/// given is found from the first <see cref="SampleBytesMax"/> of the file.
/// </summary>
public sealed class TableReader : IDisposable
{
    /// <summary>Bytes (after decompression) that are looked at to find encoding and delimiter.</summary>
    public const int SampleBytesMax = 1 << 20;

    /// <summary>A longer row is taken for a quote that was never closed.</summary>
    public const int RowBytesMax = 1 << 20;

    // Else a compressed file that was cut off ends like a complete one, and the rest of its rows is lost without a word.
    static TableReader() => AppContext.SetSwitch("System.IO.Compression.UseStrictValidation", true);

    private readonly FileStream _file;
    private readonly StreamReader _text;
    private readonly TableOptions _options;
    private long _line;

    private TableReader(FileStream file, StreamReader text, TableOptions options, TableFormat format, long lines)
    {
        (_file, _text, _options, Format) = (file, text, options, format);
        _line = lines;
    }

    /// <summary>How the table is read.</summary>
    public TableFormat Format { get; }

    /// <summary>Bytes of the file (as it lies on disk) that were read so far.</summary>
    public long BytesRead => _file.Position;

    /// <summary>Length of the file in bytes.</summary>
    public long BytesTotal => _file.Length;

    /// <summary>The line that was reached; for errors that have no row.</summary>
    public long Line => _line;

    /// <summary>Opens a table.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TableReader Open(string path, TableOptions options)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        try
        {
            Span<byte> magic = stackalloc byte[2];
            var gzip = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && magic is [0x1F, 0x8B];
            var sample = Sample(file, gzip, out var complete);
            var encoding = options.Encoding ?? EncodingProbe.Detect(sample, complete);
            var (delimiter, hintLines) = FindDelimiter(sample, complete, encoding, options);
            var text = new StreamReader(Rewind(file, gzip), encoding, detectEncodingFromByteOrderMarks: true, 1 << 16);
            var lines = options.SkipLines + hintLines;
            for (var i = 0; i < lines; i++)
                text.ReadLine();
            return new TableReader(file, text, options, new TableFormat(encoding, delimiter, gzip), lines);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The rows from here on, blank lines left out; can be enumerated once.</summary>
    internal IEnumerable<TableRow> Rows()
    {
        var rows = Format.Delimiter == TableOptions.Whitespace
            ? WhitespaceTableReader.Read(_text, _line)
            : ReadDelimited();
        foreach (var row in rows)
        {
            _line = row.Line;
            yield return row;
        }
    }

    private IEnumerable<TableRow> ReadDelimited()
    {
        CsvMalformedRecord? malformed = null;
        var linesBefore = _line;
        using var reader = CsvReader.Create(_text, new CsvReaderOptions
        {
            HasHeader = false,
            Separator = Format.Delimiter,
            Quote = _options.Quote ?? '"',
            Mode = _options.Quote is null ? CsvMode.NoEscape : CsvMode.Rfc4180,
            TrackLineNumbers = true,
            MaxRecordSize = RowBytesMax,
            OnMalformedRecord = record => malformed = record,
        }, leaveOpen: true);
        while (Next(reader))
        {
            var fields = new string[reader.FieldCount];
            for (var i = 0; i < fields.Length; i++)
                fields[i] = reader.GetString(i);
            var line = linesBefore + reader.LineNumber;
            // A stray quote inside an unquoted field (a size in inches) is text; the other cases have moved a border.
            var broken = malformed is { Reason: not CsvMalformedReason.StrayQuote };
            malformed = null;
            yield return new TableRow(line, fields, broken
                ? "The quotes of this row do not match, so its fields cannot be told apart. Double each quote that is part of "
                  + "a value, or set \"quote: none\" in the mapping if the file does not quote."
                : null);
        }
    }

    private static bool Next(CsvReader reader)
    {
        try
        {
            return reader.Read();
        }
        catch (CsvFormatException)
        {
            throw new RowProblemException("row_too_long",
                $"A row is longer than {RowBytesMax} bytes, most likely because a quote is never closed. Close it, or set "
                + "\"quote: none\" in the mapping if the file does not quote.");
        }
    }

    private static byte[] Sample(FileStream file, bool gzip, out bool complete)
    {
        var sample = new byte[SampleBytesMax];
        var stream = Rewind(file, gzip);
        var length = stream.ReadAtLeast(sample, sample.Length, throwOnEndOfStream: false);
        complete = length < sample.Length;
        return sample[..length];
    }

    private static Stream Rewind(FileStream file, bool gzip)
    {
        file.Position = 0;
        return gzip ? new GZipStream(file, CompressionMode.Decompress, leaveOpen: true) : file;
    }

    private static (char Delimiter, int HintLines) FindDelimiter(
        byte[] sample, bool complete, Encoding encoding, TableOptions options)
    {
        // A sample may end inside a character, which is no error.
        var lenient = Encoding.GetEncoding(
            encoding.CodePage, EncoderFallback.ReplacementFallback, DecoderFallback.ReplacementFallback);
        ReadOnlySpan<char> text = lenient.GetString(sample).AsSpan().TrimStart('\uFEFF');
        for (var i = 0; i < options.SkipLines && text.IndexOf('\n') is >= 0 and var end; i++)
            text = text[(end + 1)..];
        // Excel's own hint: a first line "sep=;".
        var hint = text.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) && text.Length > 5 && text[5] is '\r' or '\n';
        if (options.Delimiter is { } given)
            return (given, hint ? 1 : 0);
        return hint ? (text[4], 1) : (DelimiterProbe.Detect(text, complete, options.Quote), 0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _text.Dispose();
        _file.Dispose();
    }
}
