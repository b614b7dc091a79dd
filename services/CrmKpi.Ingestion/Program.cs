using CrmKpi.Ingestion;

await IngestionHost.Build(args).RunAsync();
