Console.WriteLine("CrmKpi.Benchmarks");
