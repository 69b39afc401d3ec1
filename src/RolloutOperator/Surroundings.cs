using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using RolloutOperator.Kubernetes;
using RolloutOperator.Serve;

namespace RolloutOperator;

/// <summary>What every part of the program is made with.</summary>
internal sealed record Surroundings(
    OperatorOptions Options, KubeClient Client, Instruments Instruments, Health Health, TimeProvider Time, ILoggerFactory Logs)
{
    public ILogger<T> Log<T>() => Logs.CreateLogger<T>();

    /// <summary>From 0 (inclusive) to 1 (exclusive). Not for security: it only spreads retries and reconnects over time.</summary>
    public static double Chance() => RandomNumberGenerator.GetInt32(int.MaxValue) / (double)int.MaxValue;
}
