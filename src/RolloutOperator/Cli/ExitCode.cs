namespace RolloutOperator.Cli;

/// <summary>How the program ends. <see cref="ExitCodes.Meanings"/> says what each means.</summary>
internal enum ExitCode
{
    Success = 0,
    Failure = 1,
    Usage = 2,
    Configuration = 3,
    Unauthorized = 4,
    CannotListen = 5,
}

/// <summary>What the exit codes of the program mean.</summary>
internal static class ExitCodes
{
    public static IReadOnlyList<(ExitCode Code, string Meaning)> Meanings { get; } =
    [
        (ExitCode.Success, "Done, or stopped by SIGTERM or SIGINT"),
        (ExitCode.Failure, "An unexpected error, or a probe that fails"),
        (ExitCode.Usage, "The command line is wrong, or what the environment or the configuration file adds to it"),
        (ExitCode.Configuration, "The kubeconfig is missing or wrong"),
        (ExitCode.Unauthorized, "The API server rejects the credential (401) at the start"),
        (ExitCode.CannotListen, "The address of --listen cannot be used: taken, not of this machine, or not permitted"),
    ];
}
