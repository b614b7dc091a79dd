using CrmKpi.Cli.Output;
using CrmKpi.Local;

return await LocalCommand.Run(args, Terminal.OfProcess());
