using System.Text;
using System.Threading.Channels;
using RolloutOperator.Caching;
using RolloutOperator.Images;
using RolloutOperator.Registry;
using RolloutOperator.Watching;

namespace RolloutOperator.Tests.Images;

/// <summary>A tracker, the effects that it has returned, and a clock that the test moves.</summary>
internal sealed class ImageTrackerHarness
{
    private readonly Channel<Observation> _changes = Channel.CreateUnbounded<Observation>();
    private readonly ImageStore _store;
    private readonly List<ImageEffect.ResolveTag> _requests = [];
    private readonly List<ImageEffect.ReadCredentials> _reads = [];

    internal ImageTrackerHarness()
    {
        _store = new(_changes.Writer);
        Tracker = new(Names, (_, keyring) => Identity(keyring), Timings, () => 0.5);
    }

    internal PollTimings Timings { get; } = new(TimeSpan.FromMinutes(5));

    internal ImageTracker Tracker { get; }

    internal ReferencedNames Names { get; } = new();

    internal List<string> ForgottenRejections { get; } = [];

    internal TimeSpan Now { get; set; }

    internal static ImageKey Image(string text, string @namespace = "shop", params string[] secrets) =>
        new(text, PullCredentialsKey.Of(@namespace, new([.. secrets], "default")));

    internal static PullCredentialsContent Content(string? user, params string[] secrets) =>
        new(user is null ? Keyring.Empty : Keyring.OfDockerConfigJson(Encoding.UTF8.GetBytes($$"""{"auths":{"a.example":{"username":"{{user}}","password":"p"} } }""")), [.. secrets], null);

    internal ImageTrackerHarness Lead()
    {
        Handle(new ImageEvent.LeadershipChanged(IsLeader: true));
        return this;
    }

    internal void Handle(ImageEvent @event) => CarryOut(Tracker.Handle(@event, Now));

    internal void SetImages(string workload, params ImageKey[] images) =>
        Handle(new ImageEvent.WorkloadImagesChanged(new("Deployment", "shop", workload), [.. images]));

    internal void Push(string? host, string repository, string? tag) => Handle(new ImageEvent.ImagePushed(new(host, repository, tag)));

    /// <summary>The images whose state has changed since the last call.</summary>
    internal ImageKey[] Changes()
    {
        var changes = new List<ImageKey>();
        while (_changes.Reader.TryRead(out var change))
        {
            changes.Add(Assert.IsType<Observation.ImageChanged>(change).Image);
        }

        return [.. changes];
    }

    /// <summary>The reads of credentials that the tracker has asked for since the last call.</summary>
    internal ImageEffect.ReadCredentials[] Reads()
    {
        ImageEffect.ReadCredentials[] reads = [.. _reads];
        _reads.Clear();
        return reads;
    }

    /// <summary>Ends a read of credentials, the only one that the tracker has asked for, with this content.</summary>
    internal PullCredentials Read(PullCredentialsContent content)
    {
        var credentials = Assert.Single(Reads()).Credentials;
        Handle(new ImageEvent.CredentialsRead(credentials, content));
        return credentials;
    }

    /// <summary>Ends all reads of credentials, with none found.</summary>
    internal void ReadAll()
    {
        foreach (var read in Reads())
        {
            Handle(new ImageEvent.CredentialsRead(read.Credentials, Content(null, [.. read.Credentials.Secrets])));
        }
    }

    /// <summary>Moves the clock, and returns the tags to resolve.</summary>
    internal ImageEffect.ResolveTag[] PollAt(TimeSpan time)
    {
        Now = time;
        CarryOut(Tracker.PollDue(time));
        var requests = _requests.ToArray();
        _requests.Clear();
        return requests;
    }

    internal ImageEffect.ResolveTag[] PollNext() => PollAt(Tracker.Next!.Value);

    internal void Resolve(IEnumerable<ImageEffect.ResolveTag> requests, string digest) => End(requests, new Resolution.Found(digest));

    internal void Fail(IEnumerable<ImageEffect.ResolveTag> requests, ResolutionStatus status) => End(requests, new Resolution.Failed(status, "is wrong"));

    /// <summary>Polls until the digest counts for all tags.</summary>
    internal void Settle(string digest)
    {
        ReadAll();
        for (var i = 0; i < 2; i++)
        {
            Resolve(PollAt(Now + Timings.First + Timings.Confirm), digest);
        }

        Changes();
    }

    internal string? Manifest(ImageKey image) => _store.Readers.Find(image).Manifest;

    internal string? Problem(ImageKey image) => _store.Readers.Find(image).Problem;

    private void End(IEnumerable<ImageEffect.ResolveTag> requests, Resolution resolution)
    {
        foreach (var request in requests)
        {
            Handle(new ImageEvent.TagResolved(request.Tag, request.Term, resolution));
        }
    }

    private void CarryOut(IEnumerable<ImageEffect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case ImageEffect.ResolveTag request:
                    _requests.Add(request);
                    break;
                case ImageEffect.ReadCredentials read:
                    _reads.Add(read);
                    break;
                case ImageEffect.ForgetRejections forget:
                    ForgottenRejections.Add($"{forget.Reference} for {Identity(forget.Keyring)}");
                    break;
                case ImageEffect.ImageChanged { State: { } state } changed:
                    _store.Put(changed.Image, state);
                    break;
                case ImageEffect.ImageChanged unused:
                    _store.Remove(unused.Image);
                    break;
                default:
                    throw new InvalidOperationException($"Unhandled effect {effect}.");
            }
        }
    }

    private static string Identity(Keyring keyring)
    {
        Assert.True(RegistrySettings.TryRead("{}"u8.ToArray(), out var settings, out _));
        using var client = new RegistryClient(settings, TimeProvider.System, () => 0);
        Assert.True(ImageReference.TryParse("a.example/app", out var reference, out _));
        return client.IdentityFor(reference, keyring);
    }
}
