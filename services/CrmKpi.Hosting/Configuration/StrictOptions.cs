using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace CrmKpi.Hosting.Configuration;

/// <summary>Options that fail the start-up with a clear text instead of ignoring what they do not understand.</summary>
public static class StrictOptions
{
    /// <summary>
    /// Binds a section to options whose properties carry defaults and ranges. An unknown key, also in options inside
    /// these, a value of the wrong type or out of range ends the start with an error that names the key.
    /// </summary>
    public static OptionsBuilder<TOptions> AddStrictOptions<TOptions>(
        this WebApplicationBuilder builder, string section) where TOptions : class =>
        builder.Services.AddOptions<TOptions>()
            .Configure<IConfiguration>((options, configuration) => Bind(options, configuration.GetSection(section)))
            .ValidateDataAnnotations()
            .ValidateOnStart();

    private static void Bind<TOptions>(TOptions options, IConfigurationSection section) where TOptions : class
    {
        var unknown = Unknown(typeof(TOptions), section).ToList();
        if (unknown.Count > 0)
            throw new OptionsValidationException(section.Path, typeof(TOptions), unknown);
        try
        {
            // Without it the binder leaves out an item of a list that has a wrong value, without a word.
            section.Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException e)
        {
            // The innermost of the binder's texts names the key and the type, never the value of another key.
            var cause = e;
            while (cause.InnerException is InvalidOperationException inner)
                cause = inner;
            throw new OptionsValidationException(section.Path, typeof(TOptions), [cause.Message]);
        }
    }

    private static IEnumerable<string> Unknown(Type type, IConfigurationSection section)
    {
        var known = type.GetProperties()
            .Where(p => p.CanWrite || OptionsInside(p.PropertyType, out _) || IsList(p.PropertyType)).ToList();
        foreach (var child in section.GetChildren())
        {
            if (known.Find(p => p.Name.Equals(child.Key, StringComparison.OrdinalIgnoreCase)) is not { } property)
                yield return $"Unknown configuration key '{child.Path}'. Known keys: " +
                    $"{string.Join(", ", known.Select(p => p.Name).Order())}.";
            else if (OptionsInside(property.PropertyType, out var inside))
                foreach (var one in IsList(property.PropertyType) ? child.GetChildren() : [child])
                    foreach (var problem in Unknown(inside, one))
                        yield return problem;
        }
    }

    // Options in options, or a list of them: types of ours.
    private static bool OptionsInside(Type type, out Type inside)
    {
        inside = IsList(type) ? type.GetGenericArguments()[0] : type;
        return inside is { IsClass: true, Namespace: { } name } && name.StartsWith("CrmKpi.", StringComparison.Ordinal);
    }

    private static bool IsList(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IList<>);
}
