namespace RolloutOperator.Tests.Architecture.Sample.Homeless;

internal sealed class Stray;
