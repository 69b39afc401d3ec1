using System.Runtime.InteropServices;
using RolloutOperator.Cli;

// For as long as the process lives: a second SIGTERM, at the very end of a shutdown, must not make it look like a crash.
var stop = new CancellationTokenSource();
var terminations = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
var interrupts = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
var exitCode = await CommandLine.RunAsync(args, stop.Token);
GC.KeepAlive(terminations);
GC.KeepAlive(interrupts);
return exitCode;

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}
