namespace RolloutOperator.Cli;

/// <summary>What the exit codes of the program mean.</summary>
internal enum ExitCode
{
    /// <summary>Done, or stopped by SIGTERM or SIGINT.</summary>
    Success = 0,

    /// <summary>An unexpected error, or a probe that fails.</summary>
    Failure = 1,

    /// <summary>The command line is wrong.</summary>
    Usage = 2,

    /// <summary>The kubeconfig is missing or wrong.</summary>
    Configuration = 3,

    /// <summary>The API server rejects the credential (401) at the start.</summary>
    Unauthorized = 4,

    /// <summary>The address of `--listen` cannot be used: taken, not of this machine, or not permitted.</summary>
    CannotListen = 5,
}
