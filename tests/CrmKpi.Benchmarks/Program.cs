using System.Globalization;
using System.Runtime.InteropServices;
using CrmKpi.Benchmarks;
using CrmKpi.Testing;
using Spectre.Console;

// One command for the goals of the product's performance: every figure stands beside its reference from the same run.
string[] known = ["append", "ingest", "grpc", "projection", "query", "fairness", "telemetry"];

var names = args.Where(a => a != "--help").ToArray();
if (names.Length < args.Length || names.Except(known).Any())
{
    Console.WriteLine($"Usage: dotnet run -c Release --project tests/CrmKpi.Benchmarks -- [{string.Join('|', known)}]…");
    Console.WriteLine("Without a name all run, on a private durable PostgreSQL. The machine should be quiet.");
    return names.Length < args.Length ? 0 : 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) => { e.Cancel = true; stop.Cancel(); };

var rows = new List<BenchmarkRow>();
await using (var own = await PostgresFixture.StartOwn(durable: true, stop.Token))
    foreach (var name in names.Length == 0 ? known : names)
    {
        Console.WriteLine($"running {name} …");
        rows.AddRange(name switch
        {
            "append" => await AppendBenchmark.Run(own.Server, ct: stop.Token),
            "ingest" => await IngestBenchmark.Run(own.Server, ct: stop.Token),
            "grpc" => await GrpcBenchmark.Run(own.Server, ct: stop.Token),
            "projection" => await ProjectionBenchmark.Run(own.Server, ct: stop.Token),
            "fairness" => await FairnessBenchmark.Run(own.Server, stop.Token),
            "telemetry" => await TelemetryBenchmark.Run(own.Server, stop.Token),
            _ => await QueryBenchmark.Run(own.Server, stop.Token),
        });
    }

var table = new Table().AddColumns("benchmark", "figure", "unit", "reference", "figure", "ratio");
foreach (var column in table.Columns)
    column.NoWrap();
foreach (var row in rows)
    table.AddRow(row.Name, Number(row.Value), row.Figure, row.Reference, Number(row.ReferenceValue),
        row.ReferenceValue == 0 ? "-" : row.Ratio.ToString("0.00", CultureInfo.InvariantCulture));
const int ColumnsMin = 180; // also where the output is a file
AnsiConsole.Profile.Width = Math.Max(AnsiConsole.Profile.Width, ColumnsMin);
AnsiConsole.Write(table);
Console.WriteLine($"{Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}");
return 0;

static string Number(double value) => value.ToString(value < 100 ? "0.0" : "# ##0", CultureInfo.InvariantCulture);
