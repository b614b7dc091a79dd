using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("CrmKpi.Domain.Tests")]
