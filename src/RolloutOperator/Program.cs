using RolloutOperator.Cli;

return await CommandLine.RunAsync(args);
