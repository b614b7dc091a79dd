Console.WriteLine("CrmKpi.Projections");
