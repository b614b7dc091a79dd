namespace CrmKpi.Domain;

/// <summary>
/// Money inside the core: whole millionths of a currency unit in 64 bits. More decimals are rounded half to even; an
/// amount beyond ±<see cref="UnitsMax"/> is refused at the door.
/// </summary>
public readonly record struct Money(long Micros, string? Currency)
{
    /// <summary>The largest amount, in currency units.</summary>
    public const long UnitsMax = 1_000_000_000_000;

    /// <summary>Millionths of a unit.</summary>
    public const long MicrosPerUnit = 1_000_000;

    /// <summary>Converts a decimal amount; null when it is out of range.</summary>
    public static long? ToMicros(decimal amount) =>
        Math.Abs(amount) > UnitsMax
            ? null
            : (long)decimal.Round(amount * MicrosPerUnit, 0, MidpointRounding.ToEven);
}
