Console.WriteLine("CrmKpi.Cli");
