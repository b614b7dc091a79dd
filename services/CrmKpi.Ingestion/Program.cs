Console.WriteLine("CrmKpi.Ingestion");
