namespace RolloutOperator.Cli.Output;

/// <summary>How a check ended.</summary>
internal enum CheckResult
{
    /// <summary>All is well.</summary>
    Ok,

    /// <summary>It cannot be made: the message says which right it takes.</summary>
    Skip,

    /// <summary>Something to know, or to look at.</summary>
    Warn,

    /// <summary>Something does not work.</summary>
    Fail,
}

/// <summary>One check of <c>doctor</c>.</summary>
/// <param name="Check">Its name, which does not change.</param>
/// <param name="Result">How it ended.</param>
/// <param name="Message">What was seen, as a clause.</param>
/// <param name="Remedy">What helps, as a sentence; null when nothing has to be done.</param>
internal sealed record CheckReport(string Check, CheckResult Result, string Message, string? Remedy = null)
{
    /// <summary>A check that found nothing.</summary>
    public static CheckReport Ok(string check, string message) => new(check, CheckResult.Ok, message);

    /// <summary>A check that the caller may not make.</summary>
    /// <param name="check">The check.</param>
    /// <param name="right">The right that it takes, such as <c>list on leases</c>.</param>
    public static CheckReport Skip(string check, string right) => new(check, CheckResult.Skip, $"cannot be told by you: it takes {right}");

    public static CheckReport Warn(string check, string message, string remedy) => new(check, CheckResult.Warn, message, remedy);

    public static CheckReport Fail(string check, string message, string remedy) => new(check, CheckResult.Fail, message, remedy);
}

/// <summary>All checks.</summary>
internal sealed record DoctorReport(IReadOnlyList<CheckReport> Checks);
