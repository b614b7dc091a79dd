using CrmKpi.Cli.Server;
using Spectre.Console;

namespace CrmKpi.Cli.Output;

/// <summary>Where a command writes: results to <see cref="Out"/>, progress and errors to <see cref="Error"/>.</summary>
public sealed class Terminal
{
    private const int WidthWithoutTerminal = 160;

    /// <param name="output">Results.</param>
    /// <param name="error">Progress and errors.</param>
    /// <param name="interactive">A person looks at <paramref name="error"/>: progress may move.</param>
    /// <param name="environment">Environment variables.</param>
    public Terminal(TextWriter output, TextWriter error, bool interactive, Func<string, string?> environment)
    {
        (OutWriter, ErrorWriter, Interactive, Environment) = (output, error, interactive, environment);
        Out = Create(output, interactive && !Console.IsOutputRedirected);
        Error = Create(error, interactive);
    }

    /// <summary>The process's own console.</summary>
    public static Terminal OfProcess() => new(
        Console.Out, Console.Error, !Console.IsErrorRedirected, System.Environment.GetEnvironmentVariable);

    public TextWriter OutWriter { get; }
    public TextWriter ErrorWriter { get; }
    public bool Interactive { get; }
    public Func<string, string?> Environment { get; }
    public IAnsiConsole Out { get; }
    public IAnsiConsole Error { get; }

    /// <summary>The language of the output.</summary>
    public Texts Texts { get; set; } = Texts.En;

    /// <summary>Shows what the server refused: what, where, what to do, and the code to look up.</summary>
    public void Show(ApiProblem problem)
    {
        Fail(problem.Detail);
        var facts = new List<string> { $"{Texts.Code}: {problem.Code}" + (problem.Status > 0 ? $" ({problem.Status})" : "") };
        if (!string.IsNullOrEmpty(problem.Place))
            facts.Add($"{Texts.At}: {problem.Place}");
        if (problem.Allowed is { Count: > 0 } allowed)
            facts.Add($"{Texts.Allowed}: {string.Join(", ", allowed)}");
        foreach (var fact in facts)
            ErrorWriter.WriteLine("  " + fact);
    }

    /// <summary>Shows an error.</summary>
    public void Fail(string message)
    {
        if (Interactive)
            Error.MarkupLineInterpolated($"[red]{Texts.Error}:[/] {message}");
        else
            ErrorWriter.WriteLine($"{Texts.Error}: {message}");
    }

    /// <summary>A whole number as people of the language write it.</summary>
    public string Number(long number) => number.ToString("N0", Texts.Culture);

    /// <summary>A format text with numbers filled in.</summary>
    public string Format(string format, params object?[] values) => string.Format(Texts.Culture, format, values);

    private static IAnsiConsole Create(TextWriter writer, bool interactive)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = interactive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = interactive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = interactive ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!interactive)
            console.Profile.Width = WidthWithoutTerminal;
        return console;
    }
}
