using System.IO.Compression;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace CrmKpi.Gateway.Limits;

/// <summary>
/// Answers go out as br or gzip to who accepts it. Here and nowhere else: the way to the services is short, and the gateway is what
/// there can be most of. At the fastest level, since an answer is sent once: about 10 ms of a core a megabyte of JSON, a tenth of its
/// size. Event streams and gRPC, which flow, are left alone.
/// </summary>
internal static class Compression
{
    /// <summary>Below it the saving is less than a packet.</summary>
    public const int BytesMin = 1_024;

    private static readonly string[] MediaTypes =
    [
        "application/json", "application/problem+json", "text/csv", "text/html", "text/css", "text/javascript",
    ];

    public static WebApplicationBuilder AddCompression(this WebApplicationBuilder builder)
    {
        builder.Services.AddResponseCompression(options =>
        {
            // What makes compression a risk under TLS is a secret that a stranger's page can have sent again and again: keys are in
            // headers, and no browser sends them on its own.
            options.EnableForHttps = true;
            options.MimeTypes = MediaTypes;
            options.Providers.Add<BrotliCompressionProvider>();
            options.Providers.Add<GzipCompressionProvider>();
        });
        builder.Services.Configure<BrotliCompressionProviderOptions>(o => o.Level = CompressionLevel.Fastest);
        builder.Services.Configure<GzipCompressionProviderOptions>(o => o.Level = CompressionLevel.Fastest);
        builder.Services.Replace(ServiceDescriptor.Singleton<IResponseCompressionProvider, LargeAnswers>());
        return builder;
    }

    public static void UseCompression(this WebApplication app) => app.UseWhen(
        context => context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) != true,
        branch => branch.UseResponseCompression());

    private sealed class LargeAnswers(IServiceProvider services, IOptions<ResponseCompressionOptions> options)
        : ResponseCompressionProvider(services, options)
    {
        public override bool ShouldCompressResponse(HttpContext context) =>
            context.Response.ContentLength is not < BytesMin && base.ShouldCompressResponse(context);
    }
}
