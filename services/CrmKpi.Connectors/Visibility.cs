using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("CrmKpi.Connectors.Tests")]
