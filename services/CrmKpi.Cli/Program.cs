using CrmKpi.Cli;
using CrmKpi.Cli.Output;

return await CrmKpiCommand.Run(args, Terminal.OfProcess());
