using System.Runtime.InteropServices;
using RolloutOperator.Cli.Commands;

using var stop = new CancellationTokenSource();
using var interrupts = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
{
    context.Cancel = true;
    stop.Cancel();
});
return await CommandLine.RunAsync(args, stop.Token);
