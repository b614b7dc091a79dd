using CrmKpi.Projections;

await ProjectionsHost.Build(args).RunAsync();
