using CrmKpi.Domain.Cube;
using CrmKpi.Domain.Kpis;
using CrmKpi.Domain.Kpis.Own;
using CrmKpi.Query.Answers;
using CrmKpi.Query.Kpis;

namespace CrmKpi.Query.Catalogue;

/// <summary>The catalogue as a <c>crmkpi.v1.ListCatalogueResponse</c>.</summary>
internal static class CatalogueMessage
{
    public static V1.ListCatalogueResponse Of(Language language, KpiSet kpis)
    {
        var message = new V1.ListCatalogueResponse { RulesVersion = Measures.RulesVersion };
        foreach (var (kpi, formula) in CatalogueTexts.Kpis(kpis))
            message.Kpis.Add(Of(kpi, formula, language));
        foreach (var measure in Measures.All.OrderBy(m => m.Id))
            message.Measures.Add(Of(measure));
        return message;
    }

    private static V1.Kpi Of(Kpi kpi, string formula, Language language)
    {
        var message = new V1.Kpi
        {
            Id = kpi.Id,
            Area = CatalogueTexts.NameOf(kpi.Area),
            Name = kpi.Name.In(language),
            Meaning = kpi.Meaning.In(language),
            Unit = kpi.Unit.Code(),
            Better = KpiMessage.Of(kpi.Better),
            Formula = formula,
            Window = CatalogueTexts.WindowOf(kpi) ?? "",
            Norm = KpiMessage.Of(kpi.Norm),
            ZeroRule = kpi.ZeroRule.In(language),
            Source = kpi.Source,
        };
        message.Dimensions.AddNames(kpi.Dimensions);
        message.DefaultSplit.AddNames(kpi.DefaultSplit);
        foreach (var (id, statistic) in CatalogueTexts.StatisticsOf(kpi))
            message.Statistics.Add(new V1.Statistic { Id = id, Formula = statistic });
        foreach (var input in kpi.Variants[0].Formula.Inputs)
            message.Inputs.Add(new V1.InputDescription
            {
                Name = input.Name,
                Meaning = input.Meaning.In(language),
                Unit = input.Unit.Code(),
                Formula = input.Default.ToString(),
                Origin = input.Origin.Code(),
                Min = MessageAnswer.Text(input.Range.Min),
                Max = MessageAnswer.Text(input.Range.Max),
            });
        return message;
    }

    private static V1.Measure Of(Measure measure)
    {
        var message = new V1.Measure
        {
            Name = measure.Name,
            Kind = CatalogueTexts.KindOf(measure.Kind),
            Sum = CatalogueTexts.SumOf(measure.Unit) ?? "",
            Meaning = measure.Meaning,
        };
        message.Dimensions.AddNames(measure.Dimensions);
        return message;
    }
}
