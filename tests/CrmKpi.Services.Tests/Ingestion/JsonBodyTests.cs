using System.Net.Http.Headers;
using System.Text;

namespace CrmKpi.Services.Tests.Ingestion;

/// <summary>Bodies of administration that the parser of JSON lets pass and nobody can read.</summary>
public sealed class JsonBodyTests
{
    public static TheoryData<string, string, string> Flaws => new()
    {
        { "{\"name\":\"a\u0085b\"}", "invalid_text", "" },
        { "{\"na\u00ffme\":\"a\"}", "invalid_text", "" },
        { """{"name":"half \ud800 a pair"}""", "invalid_text", "/name" },
        { """{"name":"\u0000"}""", "null_character", "/name" },
        { """{"name":"one","name":"two"}""", "malformed_json", "" },
        { """{"name":""", "malformed_json", "" },
        { "", "malformed_json", "" },
    };

    [Theory]
    [MemberData(nameof(Flaws))]
    public async Task Texts_that_cannot_be_read_are_refused(string latin1, string code, string pointer)
    {
        var crm = await Installation.Shared;
        var tenant = await crm.Tenant();
        foreach (var path in new[] { $"/v1/tenants/{tenant}", $"/v1/tenants/{tenant}/kpis/own_one", $"/v1/tenants/{tenant}/baseline" })
        {
            using var content = new ByteArrayContent(Encoding.Latin1.GetBytes(latin1));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var answer = await crm.Admin.PutAsync(path, content);
            var problem = await answer.Problem(400, code);
            if (pointer.Length > 0)
                Assert.Equal(pointer, problem.GetProperty("pointer").GetString());
        }
    }
}
