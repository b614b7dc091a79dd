await CrmKpi.Query.QueryHost.Build(args).RunAsync();
