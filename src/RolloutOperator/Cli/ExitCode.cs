namespace RolloutOperator.Cli;

/// <summary>What the exit codes of the program mean.</summary>
internal enum ExitCode
{
    /// <summary>Done, or stopped as told.</summary>
    Success = 0,

    /// <summary>Something unexpected.</summary>
    Failure = 1,

    /// <summary>The command line is wrong.</summary>
    Usage = 2,

    /// <summary>The kubeconfig is missing or wrong.</summary>
    Configuration = 3,

    /// <summary>The API server does not accept the credential.</summary>
    Unauthorized = 4,

    /// <summary>The address to serve on cannot be used.</summary>
    CannotListen = 5,
}
