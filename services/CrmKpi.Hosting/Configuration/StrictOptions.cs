using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace CrmKpi.Hosting.Configuration;

/// <summary>Options that fail the start-up with a clear text instead of ignoring what they do not understand.</summary>
public static class StrictOptions
{
    /// <summary>
    /// Binds a section to options whose properties carry defaults and ranges. An unknown key, a value of the wrong type
    /// or out of range ends the start with an error that names the key.
    /// </summary>
    public static OptionsBuilder<TOptions> AddStrictOptions<TOptions>(
        this WebApplicationBuilder builder, string section) where TOptions : class =>
        builder.Services.AddOptions<TOptions>()
            .Configure<IConfiguration>((options, configuration) => Bind(options, configuration.GetSection(section)))
            .ValidateDataAnnotations()
            .ValidateOnStart();

    private static void Bind<TOptions>(TOptions options, IConfigurationSection section) where TOptions : class
    {
        var known = typeof(TOptions).GetProperties().Where(p => p.CanWrite).Select(p => p.Name).ToList();
        var unknown = section.GetChildren().Select(c => c.Key)
            .Where(key => !known.Contains(key, StringComparer.OrdinalIgnoreCase)).ToList();
        if (unknown.Count > 0)
            throw new OptionsValidationException(section.Path, typeof(TOptions), unknown.Select(key =>
                $"Unknown configuration key '{section.Path}:{key}'. Known keys: {string.Join(", ", known.Order())}."));
        try
        {
            section.Bind(options);
        }
        catch (InvalidOperationException e)
        {
            // The binder's text names the key and the type, never the value of another key.
            throw new OptionsValidationException(section.Path, typeof(TOptions), [e.Message]);
        }
    }
}
