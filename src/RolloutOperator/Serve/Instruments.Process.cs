using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;

namespace RolloutOperator.Serve;

/// <content>The process itself, under the names that every Prometheus client gives them.</content>
internal sealed partial class Instruments
{
    private void CreateProcessGauges()
    {
        Declare(Meter.CreateObservableCounter("process.cpu", ProcessorSeconds, "s", "Processor time spent, user and system."), []);
        Declare(Meter.CreateObservableGauge("process.resident_memory", () => Environment.WorkingSet, "By", "Resident memory."), []);
        Declare(Meter.CreateObservableGauge("process.start_time", StartTime, "s", "Start of the process since the Unix epoch."), []);
        Declare(Meter.CreateObservableGauge("dotnet.gc.heap_size", () => GC.GetTotalMemory(forceFullCollection: false), "By", "Managed memory in use, garbage not yet collected included."), []);
        Declare(Meter.CreateObservableCounter("dotnet.gc.collections", Collections, "{collection}", "Garbage collections; each generation's include those of the higher ones."), [Of("generation", Generations)]);
    }

    private static IEnumerable<string> Generations =>
        Enumerable.Range(0, GC.MaxGeneration + 1).Select(generation => generation.ToString(CultureInfo.InvariantCulture));

    private static double ProcessorSeconds() => Environment.CpuUsage.TotalTime.TotalSeconds;

    private static double StartTime()
    {
        using var self = Process.GetCurrentProcess();
        return (self.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds;
    }

    private static IEnumerable<Measurement<long>> Collections() =>
        Generations.Select((text, generation) => new Measurement<long>(GC.CollectionCount(generation), Label("generation", text)));
}
