using System.Text;
using RolloutOperator.Core;
using RolloutOperator.Observe;
using RolloutOperator.Observe.Images;
using RolloutOperator.Registry;

namespace RolloutOperator.Tests.Observe.Images;

/// <summary>A book of images with what it asks for, and a clock that a test moves.</summary>
internal sealed class Bench
{
    private readonly ImageStore _store = new();
    private readonly List<(Tag Tag, int Term)> _looks = [];
    private readonly List<Purse> _opening = [];

    internal Bench(ImagePace? pace = null)
    {
        Pace = pace ?? new(TimeSpan.FromMinutes(5));
        Book = new(
            _store,
            new PurseBook(Interest, _opening.Add, Pace),
            (_, keyring) => Identity(keyring),
            (reference, keyring) => Forgiven.Add($"{reference} for {Identity(keyring)}"),
            (tag, term) => _looks.Add((tag, term)),
            Changed.Add,
            Pace,
            () => 0.5);
    }

    internal ImagePace Pace { get; }

    internal ImageBook Book { get; }

    internal Interest Interest { get; } = new();

    internal List<string> Forgiven { get; } = [];

    internal List<ImageClaim> Changed { get; } = [];

    internal TimeSpan Now { get; set; }

    internal static ImageClaim Claim(string text, string @namespace = "shop", params string[] secrets) =>
        new(text, PurseName.Of(@namespace, new([.. secrets], "default")));

    internal static PurseContent Content(string? user, params string[] secrets) =>
        new(user is null ? Keyring.Empty : Keyring.OfDockerConfigJson(Encoding.UTF8.GetBytes($$"""{"auths":{"a.example":{"username":"{{user}}","password":"p"} } }""")), [.. secrets], null);

    internal Bench Lead()
    {
        Take(new ImageNews.Leads(true));
        return this;
    }

    internal void Take(ImageNews news) => Book.Take(news, Now);

    internal void Use(string workload, params ImageClaim[] claims) =>
        Take(new ImageNews.Used(new("Deployment", "shop", workload), [.. claims]));

    /// <summary>The purses that it has asked to be opened since the last question.</summary>
    internal Purse[] Opening()
    {
        Purse[] opening = [.. _opening];
        _opening.Clear();
        return opening;
    }

    /// <summary>Opens every purse that it asks for, and finds nothing in it.</summary>
    internal void OpenAll()
    {
        foreach (var purse in Opening())
        {
            Take(new ImageNews.Opened(purse, Content(null, [.. purse.Secrets])));
        }
    }

    /// <summary>The looks that it begins until then.</summary>
    internal (Tag Tag, int Term)[] LooksUntil(TimeSpan then)
    {
        Now = then;
        Book.LookAtDue(then);
        var looks = _looks.ToArray();
        _looks.Clear();
        return looks;
    }

    internal (Tag Tag, int Term)[] LooksWhenDue() => LooksUntil(Book.Next!.Value);

    /// <summary>Answers looks that were begun.</summary>
    internal void Answer(IEnumerable<(Tag Tag, int Term)> looks, string digest)
    {
        foreach (var (tag, term) in looks)
        {
            Take(new ImageNews.Answered(tag, term, new Resolution.Found(digest)));
        }
    }

    internal void Miss(IEnumerable<(Tag Tag, int Term)> looks, NoInformationReason reason)
    {
        foreach (var (tag, term) in looks)
        {
            Take(new ImageNews.Answered(tag, term, new Resolution.NoInformation(reason, "is amiss")));
        }
    }

    /// <summary>Looks until the digest counts for all tags.</summary>
    internal void Settle(string digest)
    {
        OpenAll();
        for (var i = 0; i < 2; i++)
        {
            Answer(LooksUntil(Now + Pace.First + Pace.Confirm), digest);
        }

        Changed.Clear();
    }

    internal string? Manifest(ImageClaim claim) => _store.Readers.Find(claim).Manifest;

    internal string? Problem(ImageClaim claim) => _store.Readers.Find(claim).Problem;

    private static string Identity(Keyring keyring)
    {
        Assert.True(RegistrySettings.TryRead("{}"u8.ToArray(), out var settings, out _));
        using var client = new RegistryClient(settings, TimeProvider.System, () => 0);
        Assert.True(ImageReference.TryParse("a.example/app", out var reference, out _));
        return client.IdentityFor(reference, keyring);
    }
}
