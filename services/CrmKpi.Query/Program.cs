Console.WriteLine("CrmKpi.Query");
