using CrmKpi.Gateway;

await GatewayHost.Build(args).RunAsync();
