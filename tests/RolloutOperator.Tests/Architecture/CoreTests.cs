namespace RolloutOperator.Tests.Architecture;

/// <summary>Core is a function of its arguments. Read from its compiled code, since an analyzer can be switched off in a line.</summary>
public sealed class CoreTests : IDisposable
{
    private static readonly Ban[] Bans =
    [
        new("System.IO", "does no I/O"),
        new("System.Net", "does no I/O"),
        new("System.Console", "does no I/O"),
        new("System.Environment", "does not read its environment"),
        new("System.AppContext", "does not read its environment"),
        new("System.Reflection.Assembly", "does not read its environment"),
        new("System.Threading", "is synchronous"),
        new("System.Diagnostics", "neither logs nor measures"),
        new("Microsoft", "has no packages"),
        new("System.TimeProvider", "has no clock"),
        new("System.DateTime.get_Now", "has no clock"),
        new("System.DateTime.get_UtcNow", "has no clock"),
        new("System.DateTime.get_Today", "has no clock"),
        new("System.DateTimeOffset.get_Now", "has no clock"),
        new("System.DateTimeOffset.get_UtcNow", "has no clock"),
        new("System.TimeZoneInfo.get_Local", "does not read its environment"),
        new("System.Random", "has no randomness"),
        new("System.Security.Cryptography.RandomNumberGenerator", "has no randomness"),
        new("System.Guid.NewGuid", "has no randomness"),
        new("System.Guid.CreateVersion7", "has no randomness"),
    ];

    private static readonly string[] Exceptions =
    [
        // Thrown where the compiler cannot see that a switch is complete.
        "System.Diagnostics.UnreachableException",
        "System.Diagnostics.UnreachableException..ctor",
    ];

    private readonly CompiledCode _core = CompiledCode.Beside("RolloutOperator.Core");

    private sealed record Ban(string What, string Reason)
    {
        internal bool Covers(string target) => target == What || target.StartsWith(What + ".", StringComparison.Ordinal);
    }

    public void Dispose() => _core.Dispose();

    [Fact]
    public void Core_has_no_clock_randomness_tasks_or_environment() => Wrong.None(
        from use in _core.Uses
        where !Exceptions.Contains(use.Target) && !IsIteratorsOwn(use)
        from ban in Bans
        where ban.Covers(use.Target)
        select $"{use.Place} uses {use.Target}; Core {ban.Reason}.");

    [Fact]
    public void Core_references_only_the_base_class_library()
    {
        string library = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        Wrong.None(_core.References
            .Where(name => name.StartsWith("Microsoft.", StringComparison.Ordinal) || !File.Exists(Path.Combine(library, name + ".dll")))
            .Select(name => $"Core refers to the assembly {name}, which is not of the base class library."));
    }

    /// <summary>An iterator that the compiler wrote asks which thread it is on, to know whether it may be its own enumerator.</summary>
    private static bool IsIteratorsOwn(Use use) => use is { Generated: true, Target: "System.Environment.get_CurrentManagedThreadId" or "System.Environment" };
}
