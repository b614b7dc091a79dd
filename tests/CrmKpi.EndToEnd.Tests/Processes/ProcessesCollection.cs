namespace CrmKpi.EndToEnd.Tests.Processes;

/// <summary>Tests with eight processes of their own, which run alone: so many more at once would only measure the machine.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessesCollection
{
    public const string Name = "processes";
}
