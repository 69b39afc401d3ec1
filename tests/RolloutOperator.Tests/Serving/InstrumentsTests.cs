using RolloutOperator.Reconciling;
using RolloutOperator.Registry;
using RolloutOperator.Serving;

namespace RolloutOperator.Tests.Serving;

public sealed class InstrumentsTests : IDisposable
{
    private readonly Meters _meters = new();

    public void Dispose() => _meters.Dispose();

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
    [InlineData(200, "200")]
    [InlineData(201, "201")]
    [InlineData(401, "401")]
    [InlineData(403, "403")]
    [InlineData(404, "404")]
    [InlineData(409, "409")]
    [InlineData(410, "410")]
    [InlineData(418, "4xx")]
    [InlineData(422, "422")]
    [InlineData(429, "429")]
    [InlineData(500, "500")]
    [InlineData(599, "5xx")]
    [InlineData(null, "<error>")]
    public void A_request_is_counted_by_its_status(int? status, string code)
    {
        int before = _meters.Lines.Length;
        _meters.Instruments.Observe(new("list", "configmaps", status ?? 0, TimeSpan.FromMilliseconds(30)));
        Assert.Equal("1", _meters[$"rest_client_requests_total{{code=\"{code}\",method=\"GET\",host=\"api.example:6443\"}}"]);
        Assert.Equal("0", _meters["rest_client_request_duration_seconds_bucket{verb=\"LIST\",host=\"api.example:6443\",le=\"0.025\"}"]);
        Assert.Equal("1", _meters["rest_client_request_duration_seconds_bucket{verb=\"LIST\",host=\"api.example:6443\",le=\"0.1\"}"]);
        Assert.Equal(before, _meters.Lines.Length);
    }

    [Theory]
    [InlineData("UpToDate", false, "success", 0)]
    [InlineData("UpToDate", true, "requeue_after", 0)]
    [InlineData("Conflict", false, "requeue", 0)]
    [InlineData("Withheld", false, "requeue", 0)]
    [InlineData("Failed", true, "error", 1)]
    public void A_reconcile_has_the_result_that_controller_runtime_gives_it(string outcome, bool comesAgain, string result, int errors)
    {
        _meters.Instruments.RecordPass(Enum.Parse<Outcome>(outcome), TimeSpan.FromMilliseconds(3), comesAgain);
        Assert.Equal("1", _meters[$"controller_runtime_reconcile_total{{controller=\"rollout-operator\",result=\"{result}\"}}"]);
        Assert.Equal($"{errors}", _meters["controller_runtime_reconcile_errors_total{controller=\"rollout-operator\"}"]);
        Assert.Equal("1", _meters["controller_runtime_reconcile_time_seconds_count{controller=\"rollout-operator\"}"]);
    }

    [Fact]
    public void Work_is_unfinished_until_it_is_disposed_of()
    {
        var time = new TestClock();
        using var meters = new Meters(time);
        meters.Instruments.SetWorkers(2);
        Assert.Equal(("0", "0", "0", "2"), InProgress());

        var first = meters.Instruments.BeginWork(overdue: TimeSpan.FromSeconds(7));
        time.Advance(TimeSpan.FromSeconds(2));
        var second = meters.Instruments.BeginWork(overdue: TimeSpan.Zero);
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(("2", "8", "5", "2"), InProgress());

        first.Dispose();
        Assert.Equal(("1", "3", "3", "2"), InProgress());
        second.Dispose();
        Assert.Equal(("0", "0", "0", "2"), InProgress());
        Assert.Equal("8", meters["workqueue_work_duration_seconds_sum{name=\"rollout-operator\"}"]);
        Assert.Equal("7", meters["workqueue_queue_duration_seconds_sum{name=\"rollout-operator\"}"]);

        (string?, string?, string?, string?) InProgress() => (
            meters["controller_runtime_active_workers{controller=\"rollout-operator\"}"],
            meters["workqueue_unfinished_work_seconds{name=\"rollout-operator\"}"],
            meters["workqueue_longest_running_processor_seconds{name=\"rollout-operator\"}"],
            meters["controller_runtime_max_concurrent_reconciles{controller=\"rollout-operator\"}"]);
    }

    [Fact]
    public void Observed_states_are_read_at_each_scrape()
    {
        var state = _meters.State;
        (state.QueueDepth, state.QueueAdds, state.Leads) = (3, 12, true);
        (state.WorkloadCounts["Deployment"], state.WorkloadCounts["Widget"], state.WorkloadCounts["Gadget"]) = (7, 1, 1);
        state.SyncedResources.Add("secrets");
        Assert.Equal("3", _meters["workqueue_depth{name=\"rollout-operator\"}"]);
        Assert.Equal("12", _meters["workqueue_adds_total{name=\"rollout-operator\"}"]);
        Assert.Equal("1", _meters["leader_election_master_status{name=\"rollout-operator\"}"]);
        Assert.Equal("7", _meters["rollout_operator_workloads{kind=\"Deployment\"}"]);
        Assert.Equal("0", _meters["rollout_operator_workloads{kind=\"DaemonSet\"}"]);
        Assert.Equal("2", _meters["rollout_operator_workloads{kind=\"other\"}"]);
        Assert.Equal("1", _meters["rollout_operator_watch_synced{resource=\"secrets\"}"]);

        (state.QueueDepth, state.Leads) = (0, false);
        state.SyncedResources.Clear();
        Assert.Equal("0", _meters["workqueue_depth{name=\"rollout-operator\"}"]);
        Assert.Equal("0", _meters["leader_election_master_status{name=\"rollout-operator\"}"]);
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
    private static readonly ResolutionStatus[] Resolutions = Enum.GetValues<ResolutionStatus>();
    private static readonly Instruments.PushNotificationResult[] PushNotifications = Enum.GetValues<Instruments.PushNotificationResult>();
    private static readonly int[] RegistryStatuses = [200, 401, 403, 404, 429, 500];
    private static readonly Instruments.RenewalResult[] RenewalResults = Enum.GetValues<Instruments.RenewalResult>();
    private static readonly Outcome[] Outcomes = Enum.GetValues<Outcome>();
    private static readonly Instruments.Purpose[] Purposes = Enum.GetValues<Instruments.Purpose>();
    private static readonly Instruments.PatchResult[] PatchResults = Enum.GetValues<Instruments.PatchResult>();
    private static readonly Instruments.EventResult[] EventResults = Enum.GetValues<Instruments.EventResult>();
    private static readonly Instruments.RestartCause[] Causes = Enum.GetValues<Instruments.RestartCause>();
    private static readonly Instruments.ReadResult[] ReadResults = Enum.GetValues<Instruments.ReadResult>();
    private static readonly int[] Statuses = [200, 401, 403, 404, 409, 410, 429, 0];
    private static readonly string[] Verbs = ["get", "list", "watch", "patch", "create", "update", "delete"];
    private static readonly string[] Kinds = ["Deployment", "StatefulSet", "DaemonSet", "other"];
    private static readonly string[] Sources = ["configmaps", "secrets", "serviceaccounts"];
    private static readonly string[] Watched = ["deployments", "statefulsets", "daemonsets", "other", "configmaps", "secrets", "serviceaccounts", "namespaces", "leases"];
    private static readonly string[] Reasons = ["Adopted", "RolloutTriggered", "RolloutComplete", "RolloutHeld", "Contended", "Standby", "DigestKeyChanged", "Blocked", "RolloutFailed", "InvalidAnnotation", "MisplacedSetting", "ImageNotFollowed", "ImageProblem", "SourceNotFollowed"];

    private static void RecordEverything(Instruments instruments)
    {
        foreach (Outcome outcome in Outcomes)
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
            foreach (int status in Statuses)
            {
                instruments.Observe(new(verb, "configmaps", status, TimeSpan.FromSeconds(1)));
            }
        }

        foreach (string reason in Reasons)
        {
            foreach (var result in EventResults)
            {
                instruments.RecordEvent(reason, result);
            }
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
            foreach (ResolutionStatus result in Resolutions)
            {
                instruments.RecordResolution(registry, result);
            }

            foreach (int status in RegistryStatuses)
            {
                instruments.RecordRegistryRequest(registry, status);
            }
        }

        foreach (Instruments.PushNotificationResult result in PushNotifications)
        {
            instruments.RecordPushNotification(result);
        }

        instruments.RecordLeaderTransition();
        instruments.RecordQueueRetry();
        instruments.BeginWork(TimeSpan.FromSeconds(1)).Dispose();
        instruments.RecordChangeToPatch(TimeSpan.FromSeconds(1));
        instruments.RecordChangeToComplete(TimeSpan.FromSeconds(1));
    }
}
