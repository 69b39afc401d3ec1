namespace RolloutOperator.Cli;

/// <summary>The value of an option that is true or false. System.CommandLine takes a wrong value of a <see cref="bool"/> for another argument.</summary>
internal enum Toggle
{
    Off,
    On,
}
