using RolloutOperator.Hosting.Permissions;
using RolloutOperator.Kubernetes;
using static RolloutOperator.TestKit.Waiting;

namespace RolloutOperator.Tests.Hosting;

public sealed class PermissionReviewerTests : IAsyncLifetime
{
    private static readonly Permission Patch = new(new("patch", "apps", "deployments", "shop"), "nothing rolls");
    private static readonly Permission Read = new(new("get", "", "secrets", "shop", "key"), "nothing is read");
    private static readonly Permission Watch = new(new("watch", "", "configmaps", null), "nothing is heard");
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly TestClock _time = new();
    private readonly AccessServer _server = new();
    private readonly CapturingLogger<PermissionReviewer> _log = new();
    private readonly CancellationTokenSource _stop = new();
    private Loopback _loopback = null!;
    private KubeClient _client = null!;
    private PermissionReviewer _reviewer = null!;
    private Task _running = Task.CompletedTask;
    private int _granted;
    private int _rests;
    private int _restsSeen;

    public async ValueTask InitializeAsync()
    {
        _loopback = await Loopback.StartAsync();
        _loopback.Answer = _server.AnswerAsync;
        _client = _loopback.Client(_time);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_running).WaitAsync(Patience);
        Assert.False(_running.IsFaulted);
        _client.Dispose();
        await _loopback.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task What_is_missing_is_named_once_with_what_it_means_and_how_to_see_it()
    {
        _server.Refused = ["patch deployments shop", "get secrets shop"];
        await BeginAsync();
        Assert.Equal(
            [
                "Missing right: patch on deployments.apps in namespace shop. Until it is granted, nothing rolls. To see whether it is there: kubectl auth can-i patch deployments.apps --namespace shop --as USER",
                "Missing right: get on secrets/key in namespace shop. Until it is granted, nothing is read. To see whether it is there: kubectl auth can-i get secrets/key --namespace shop --as USER",
            ],
            _log.Lines);
        Assert.Equal([Patch, Read], _reviewer.Missing.OrderByDescending(right => right.Access.Verb));

        // Only those are asked for soon, and nothing is said again.
        _time.Advance(10 * Second);
        await RestsAfterAsync("patch deployments shop", "get secrets shop");
        Assert.Equal(2, _log.Lines.Count);
        Assert.Equal(0, _granted);
    }

    [Fact]
    public async Task What_is_granted_is_noticed_in_ten_seconds_and_everything_is_looked_at_again()
    {
        _server.Refused = ["watch configmaps *"];
        await BeginAsync();
        Assert.Contains("watch on configmaps in all namespaces", Assert.Single(_log.Lines), StringComparison.Ordinal);
        _server.Refused = [];
        _time.Advance(9 * Second);
        Assert.Equal(0, _server.Asked);
        _time.Advance(Second);
        await RestsAfterAsync("watch configmaps *", "patch deployments shop", "get secrets shop", "watch configmaps *");
        Assert.Equal("Granted: watch on configmaps in all namespaces", _log.Lines[^1]);
        Assert.Empty(_reviewer.Missing);
        Assert.Equal(1, _granted);
    }

    [Fact]
    public async Task What_is_lost_is_noticed_in_five_minutes_though_nothing_is_refused()
    {
        await BeginAsync();
        Assert.Empty(_log.Lines);
        _server.Refused = ["watch configmaps *"];
        _time.Advance(299 * Second);
        await RestsAsync();
        Assert.Equal(0, _server.Asked);
        _time.Advance(Second);
        await RestsAfterAsync("patch deployments shop", "get secrets shop", "watch configmaps *");
        Assert.Single(_log.Lines);
        Assert.Equal([Watch], _reviewer.Missing);
    }

    [Fact]
    public async Task A_refusal_casts_doubt_on_its_own_right_at_once_but_not_more_than_every_ten_seconds()
    {
        await BeginAsync();
        _time.Advance(10 * Second);
        await RestsAsync();
        _reviewer.Doubt("patch", "deployments");
        await RestsAfterAsync("patch deployments shop");

        _reviewer.Doubt("patch", "deployments");
        _reviewer.Doubt("patch", "deployments");
        await RestsAsync();
        Assert.Equal(0, _server.Asked);
        _time.Advance(10 * Second);
        await RestsAfterAsync("patch deployments shop");

        // Something that is no right of ours, such as an access review itself.
        _time.Advance(10 * Second);
        await RestsAsync();
        _reviewer.Doubt("create", "selfsubjectaccessreviews");
        await RestsAnewAsync();
        Assert.Equal(0, _server.Asked);

        // When it is what it was doubted for, everything is looked at.
        _server.Refused = ["patch deployments shop"];
        _time.Advance(10 * Second);
        await RestsAsync();
        _reviewer.Doubt("patch", "deployments");
        await RestsAfterAsync("patch deployments shop", "patch deployments shop", "get secrets shop", "watch configmaps *");
        Assert.Equal([Patch], _reviewer.Missing);
    }

    [Fact]
    public async Task Who_may_not_ask_is_told_so_once_and_goes_on_without_knowing()
    {
        _server.Trouble = 403;
        _server.Refused = ["patch deployments shop"];
        Begin();
        await RestsAnewAsync();
        _time.Advance(10 * Second);
        await RestsAnewAsync();
        Assert.Contains("going on without knowing", Assert.Single(_log.Lines), StringComparison.Ordinal);
        Assert.Empty(_reviewer.Missing);

        _server.Trouble = null;
        _time.Advance(10 * Second);
        await RestsAnewAsync();
        Assert.Equal([Patch], _reviewer.Missing);
        Assert.Contains("patch on deployments.apps", _log.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_namespaces_are_selected_it_is_enough_to_have_a_right_in_each_of_them()
    {
        _server.Refused = ["watch configmaps *", "watch configmaps lab"];
        string[] spaces = ["shop", "lab"];
        _reviewer = new([Watch with { InSelected = true }], () => spaces, () => { }, _client, _time, Draw, _log);
        _running = Task.Run(() => _reviewer.RunAsync(_stop.Token));
        await RestsAfterAsync("watch configmaps *", "watch configmaps shop", "watch configmaps lab");
        Assert.Contains("watch on configmaps in namespace lab", Assert.Single(_log.Lines), StringComparison.Ordinal);

        spaces = ["shop"];
        _time.Advance(10 * Second);
        await RestsAfterAsync("watch configmaps *", "watch configmaps shop");
        Assert.Empty(_reviewer.Missing);

        _server.Refused = [];
        spaces = ["shop", "lab"];
        _time.Advance(300 * Second);
        await RestsAfterAsync("watch configmaps *");
        Assert.Single(_log.Lines);
    }

    private void Begin()
    {
        _reviewer = new([Patch, Read, Watch], () => [], () => _granted++, _client, _time, Draw, _log);
        _running = Task.Run(() => _reviewer.RunAsync(_stop.Token));
    }

    private async Task BeginAsync()
    {
        Begin();
        await RestsAfterAsync("patch deployments shop", "get secrets shop", "watch configmaps *");
    }

    private async Task RestsAfterAsync(params string[] asked)
    {
        await Eventually(() => _server.Asked >= asked.Length);
        await RestsAnewAsync();
        Assert.Equal(asked.Order(StringComparer.Ordinal), _server.Take().Order(StringComparer.Ordinal));
    }

    // It has looked, and begun another rest.
    private async Task RestsAnewAsync()
    {
        await Eventually(() => Volatile.Read(ref _rests) > _restsSeen);
        await RestsAsync();
        _restsSeen = Volatile.Read(ref _rests);
    }

    // The timer of its rest is the only one there is while no request is under way.
    private Task RestsAsync() => Eventually(() => _time.ArmedTimers == 1);

    // The length of a rest is drawn when it begins.
    private double Draw()
    {
        Interlocked.Increment(ref _rests);
        return 1;
    }
}
