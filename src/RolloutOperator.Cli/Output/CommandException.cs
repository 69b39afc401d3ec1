namespace RolloutOperator.Cli.Output;

/// <summary>A command cannot go on. The message says what is wrong and what helps.</summary>
internal class CommandException(string message, Exception? cause = null) : Exception(message, cause);
