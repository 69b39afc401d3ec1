using System.Net;
using System.Text.RegularExpressions;
using RolloutOperator.Serve;

namespace RolloutOperator.Tests.Serve;

public sealed partial class InstrumentsTests : IDisposable
{
    private readonly Meters _meters = new();

    public void Dispose() => _meters.Dispose();

    [Fact]
    public void Everything_is_there_at_zero_from_the_start()
    {
        string golden = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Serve", "golden", "start.txt"));
        Assert.Equal(golden, Masked(string.Join('\n', _meters.Lines) + "\n"), ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void Recording_any_known_fact_makes_no_new_series()
    {
        int before = _meters.Lines.Length;
        RecordEverything(_meters.Instruments);
        Assert.Equal(before, _meters.Lines.Length);
        Assert.DoesNotContain(_meters.Lines, line => line.StartsWith("rollout_operator", StringComparison.Ordinal) && line.Contains("_total", StringComparison.Ordinal) && line.EndsWith(" 0", StringComparison.Ordinal));
    }

    [Fact]
    public void A_word_outside_the_vocabulary_is_other_and_only_ever_one_series()
    {
        for (int number = 0; number < 100; number++)
        {
            _meters.Instruments.RecordRollout($"Kind{number}");
        }

        Assert.Equal("100", _meters["rollout_operator_rollouts_total{kind=\"other\"}"]);
    }

    [Theory]
    [InlineData(200, "ok")]
    [InlineData(201, "ok")]
    [InlineData(401, "unauthorized")]
    [InlineData(403, "forbidden")]
    [InlineData(404, "not_found")]
    [InlineData(409, "conflict")]
    [InlineData(410, "gone")]
    [InlineData(422, "failed")]
    [InlineData(429, "throttled")]
    [InlineData(500, "failed")]
    [InlineData(null, "failed")]
    public void A_status_is_counted_as_what_it_means(int? status, string result)
    {
        _meters.Instruments.RecordApiRequest("get", (HttpStatusCode?)status, TimeSpan.FromMilliseconds(30));
        Assert.Equal("1", _meters[$"rollout_operator_api_requests_total{{verb=\"get\",result=\"{result}\"}}"]);
        Assert.Equal("0", _meters["rollout_operator_api_request_duration_seconds_bucket{verb=\"get\",le=\"0.025\"}"]);
        Assert.Equal("1", _meters["rollout_operator_api_request_duration_seconds_bucket{verb=\"get\",le=\"0.05\"}"]);
    }

    [Fact]
    public void Observed_states_are_read_at_each_scrape()
    {
        int depth = 3;
        _meters.Instruments.ObserveQueueDepth(() => depth);
        _meters.Instruments.ObserveWorkloads(kind => kind == "Deployment" ? 7 : 1, ["Deployment", "Widget", "Gadget"]);
        _meters.Instruments.ObserveSynced(resource => resource == "secrets", ["configmaps", "secrets"]);
        Assert.Equal("3", _meters["rollout_operator_queue_depth"]);
        Assert.Equal("7", _meters["rollout_operator_workloads{kind=\"Deployment\"}"]);
        Assert.Equal("0", _meters["rollout_operator_workloads{kind=\"DaemonSet\"}"]);
        Assert.Equal("2", _meters["rollout_operator_workloads{kind=\"other\"}"]);
        Assert.Equal("1", _meters["rollout_operator_watch_synced{resource=\"secrets\"}"]);

        depth = 0;
        _meters.Instruments.ObserveSynced(_ => false, ["configmaps", "secrets"]);
        Assert.Equal("0", _meters["rollout_operator_queue_depth"]);
        Assert.Equal("0", _meters["rollout_operator_watch_synced{resource=\"secrets\"}"]);
    }

    [Fact]
    public void Recording_allocates_nothing()
    {
        // The first calls fill caches and are compiled anew for a while; what stays for ever must be nothing.
        long least = long.MaxValue;
        long began = TimeProvider.System.GetTimestamp();
        while (least > 0 && TimeProvider.System.GetElapsedTime(began) < Waiting.Patience)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int time = 0; time < 100; time++)
            {
                RecordEverything(_meters.Instruments);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public async Task Many_threads_lose_no_count()
    {
        const int Threads = 8;
        const int Times = 20_000;
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(() =>
        {
            for (int time = 0; time < Times; time++)
            {
                _meters.Instruments.RecordPatch(Instruments.Purpose.Roll, Instruments.PatchResult.Ok);
                _meters.Instruments.RecordChangeToPatch(TimeSpan.FromSeconds(0.25 * (1 + (time % 2))));
            }
        })));

        Assert.Equal("160000", _meters["rollout_operator_patches_total{purpose=\"roll\",result=\"ok\"}"]);
        Assert.Equal("160000", _meters["rollout_operator_change_to_patch_seconds_count"]);
        Assert.Equal("80000", _meters["rollout_operator_change_to_patch_seconds_bucket{le=\"0.25\"}"]);
        Assert.Equal("60000", _meters["rollout_operator_change_to_patch_seconds_sum"]);
    }

    private static readonly string[] SomeRegistries = ["docker.io", "ghcr.io", "quay.io", "registry.k8s.io", "registry.example:5000"];
    private static readonly Instruments.LookResult[] LookResults = Enum.GetValues<Instruments.LookResult>();
    private static readonly Instruments.HintResult[] HintResults = Enum.GetValues<Instruments.HintResult>();
    private static readonly int[] RegistryStatuses = [200, 401, 403, 404, 429, 500];
    private static readonly Instruments.RenewalResult[] RenewalResults = Enum.GetValues<Instruments.RenewalResult>();
    private static readonly Instruments.Outcome[] Outcomes = Enum.GetValues<Instruments.Outcome>();
    private static readonly Instruments.Purpose[] Purposes = Enum.GetValues<Instruments.Purpose>();
    private static readonly Instruments.PatchResult[] PatchResults = Enum.GetValues<Instruments.PatchResult>();
    private static readonly Instruments.RestartCause[] Causes = Enum.GetValues<Instruments.RestartCause>();
    private static readonly Instruments.ReadResult[] ReadResults = Enum.GetValues<Instruments.ReadResult>();
    private static readonly HttpStatusCode?[] Statuses = [HttpStatusCode.OK, (HttpStatusCode)401, (HttpStatusCode)403, (HttpStatusCode)404, (HttpStatusCode)409, (HttpStatusCode)410, (HttpStatusCode)429, null];
    private static readonly string[] Verbs = ["get", "list", "watch", "patch", "create", "update", "delete"];
    private static readonly string[] Kinds = ["Deployment", "StatefulSet", "DaemonSet", "other"];
    private static readonly string[] Sources = ["configmaps", "secrets"];
    private static readonly string[] Watched = ["deployments", "statefulsets", "daemonsets", "other", "configmaps", "secrets", "namespaces"];
    private static readonly string[] Reasons = ["Adopted", "RolloutTriggered", "RolloutComplete", "RolloutHeld", "Contended", "DigestKeyChanged", "Blocked", "RolloutFailed", "InvalidAnnotation", "ImageNotFollowed", "ImageProblem"];

    private static void RecordEverything(Instruments instruments)
    {
        foreach (Instruments.Outcome outcome in Outcomes)
        {
            instruments.RecordPass(outcome, TimeSpan.FromMilliseconds(3));
        }

        foreach (Instruments.Purpose purpose in Purposes)
        {
            foreach (Instruments.PatchResult result in PatchResults)
            {
                instruments.RecordPatch(purpose, result);
            }
        }

        foreach (string resource in Watched)
        {
            instruments.RecordWatchEvent(resource);
            foreach (Instruments.RestartCause cause in Causes)
            {
                instruments.RecordWatchRestart(resource, cause);
            }
        }

        foreach (string resource in Sources)
        {
            foreach (Instruments.ReadResult result in ReadResults)
            {
                instruments.RecordSourceRead(resource, result);
            }
        }

        foreach (string verb in Verbs)
        {
            foreach (HttpStatusCode? status in Statuses)
            {
                instruments.RecordApiRequest(verb, status, TimeSpan.FromSeconds(1));
            }
        }

        foreach (string reason in Reasons)
        {
            instruments.RecordEvent(reason, ok: true);
            instruments.RecordEvent(reason, ok: false);
        }

        foreach (string kind in Kinds)
        {
            instruments.RecordRollout(kind);
        }

        foreach (Instruments.RenewalResult result in RenewalResults)
        {
            instruments.RecordLeaseRenewal(result);
        }

        foreach (string registry in SomeRegistries)
        {
            foreach (Instruments.LookResult result in LookResults)
            {
                instruments.RecordLook(registry, result);
            }

            foreach (int status in RegistryStatuses)
            {
                instruments.RecordRegistryRequest(registry, status);
            }
        }

        foreach (Instruments.HintResult result in HintResults)
        {
            instruments.RecordHint(result);
        }

        instruments.RecordLeaderTransition();
        instruments.RecordQueueRetry();
        instruments.RecordQueueWait(TimeSpan.FromSeconds(1));
        instruments.RecordChangeToPatch(TimeSpan.FromSeconds(1));
    }

    /// <summary>What depends on the process, the machine and the build.</summary>
    private static string Masked(string text) =>
        ChangingValue().Replace(text, "$1 …").Replace(BuildVersion().Match(text).Groups[1].Value, "…", StringComparison.Ordinal);

    [GeneratedRegex(@"^((?:process|dotnet)_\S+) \S+$", RegexOptions.Multiline)]
    private static partial Regex ChangingValue();

    [GeneratedRegex(@"build_info\{version=""([^""]+)""")]
    private static partial Regex BuildVersion();
}
