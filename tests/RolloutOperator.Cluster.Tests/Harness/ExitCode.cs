namespace RolloutOperator.Cluster.Tests.Harness;

/// <summary>The exit codes that the program documents.</summary>
internal enum ExitCode
{
    Success = 0,
    Failure = 1,
    Usage = 2,
    Configuration = 3,
    Unauthorized = 4,
    CannotListen = 5,
}
