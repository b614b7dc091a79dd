Console.WriteLine("CrmKpi.Local");
