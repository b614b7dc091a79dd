using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using CrmKpi.Cli.Output;
using CrmKpi.Cli.Server;

namespace CrmKpi.Cli;

/// <summary>The options that every command has.</summary>
internal sealed class CliOptions
{
    public const string ServerVariable = "CRMKPI_SERVER";
    public const string KeyVariable = "CRMKPI_KEY";
    public const string LanguageVariable = "CRMKPI_LANG";
    public const string ServerDefault = "http://localhost:8080";

    private const int KeyFileBytesMax = 4096;

    private readonly Terminal _terminal;

    public CliOptions(Terminal terminal)
    {
        _terminal = terminal;
        Server = new Option<string?>("--server")
        {
            Description = $"Address of the gateway. Default: {ServerVariable}, else {ServerDefault}",
            Recursive = true,
        };
        KeyFile = new Option<FileInfo?>("--key-file")
        {
            Description = $"File that holds the key. Default: the variable {KeyVariable}",
            Recursive = true,
        };
        Language = new Option<string?>("--lang")
        {
            Description = "Language of the output: ru or en",
            Recursive = true,
        };
        Language.AcceptOnlyFromAmong("ru", "en");
        Server.Validators.Add(CheckServer);
    }

    public Option<string?> Server { get; }
    public Option<FileInfo?> KeyFile { get; }
    public Option<string?> Language { get; }

    /// <summary>Sets the language of the output: the option, the variable, else that of the system.</summary>
    public void ApplyLanguage(ParseResult parsed)
    {
        var wanted = parsed.GetValue(Language) ?? _terminal.Environment(LanguageVariable);
        _terminal.Texts = Texts.Of(wanted ?? CultureInfo.CurrentUICulture.TwoLetterISOLanguageName) ?? Texts.En;
    }

    /// <summary>The server with the key of the options.</summary>
    /// <exception cref="CliException">There is no key.</exception>
    public ApiClient Connect(ParseResult parsed)
    {
        var address = parsed.GetValue(Server) ?? _terminal.Environment(ServerVariable) ?? ServerDefault;
        if (!IsAddress(address, out var server))
            throw new CliException($"\"{address}\" ({ServerVariable}) is not an address such as {ServerDefault}.");
        return new ApiClient(server, ReadKey(parsed));
    }

    private string ReadKey(ParseResult parsed)
    {
        var file = parsed.GetValue(KeyFile);
        if (file is null)
            return _terminal.Environment(KeyVariable)?.Trim() is { Length: > 0 } key ? key : throw new CliException(_terminal.Texts.NoKey);
        if (!file.Exists)
            throw new CliException($"The key file \"{file}\" does not exist.");
        if (file.Length > KeyFileBytesMax)
            throw new CliException($"The key file \"{file}\" is too long to hold a key.");
        return File.ReadAllText(file.FullName).Trim() is { Length: > 0 } text
            ? text
            : throw new CliException($"The key file \"{file}\" is empty.");
    }

    private static void CheckServer(OptionResult result)
    {
        if (result.GetValueOrDefault<string>() is { } address && !IsAddress(address, out _))
            result.AddError($"\"{address}\" is not an address such as {ServerDefault}.");
    }

    private static bool IsAddress(string text, out Uri address) =>
        Uri.TryCreate(text, UriKind.Absolute, out address!) && address.Scheme is "http" or "https";
}

/// <summary>A command cannot be carried out; the message says what to do.</summary>
internal sealed class CliException(string message) : Exception(message);
