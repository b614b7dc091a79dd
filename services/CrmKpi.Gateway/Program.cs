Console.WriteLine("CrmKpi.Gateway");
