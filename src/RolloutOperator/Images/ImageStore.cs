using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Watching;

namespace RolloutOperator.Images;

/// <summary>
/// What is known about images. Only the <see cref="ImagePoller"/> writes; everybody else gets <see cref="Readers"/>.
/// </summary>
/// <param name="observations">Receives the key of each image whose state has changed.</param>
internal sealed class ImageStore(ChannelWriter<Observation> observations)
{
    private readonly View _readers = new();

    /// <summary>The read side of the store.</summary>
    public View Readers => _readers;

    /// <summary>Sets the state of an image. An equal state is no change.</summary>
    public void Put(ImageKey image, SourceState.Image state)
    {
        var before = _readers.Find(image);
        _readers.States[image] = state;
        if (before != state)
        {
            observations.TryWrite(new Observation.ImageChanged(image));
        }
    }

    /// <summary>Removes an image that no workload uses any more. That the workload changed is reported by others.</summary>
    public void Remove(ImageKey image) => _readers.States.TryRemove(image, out _);

    /// <summary>The read side of the store. Thread-safe.</summary>
    internal sealed class View
    {
        internal ConcurrentDictionary<ImageKey, SourceState.Image> States { get; } = [];

        public SourceState.Image Find(ImageKey image) => States.GetValueOrDefault(image, SourceState.Image.Unknown);
    }
}

/// <summary>
/// An image as a workload names it: the text, and the credentials that the kubelet would use. Containers with equal keys
/// have equal states.
/// </summary>
/// <param name="Text">The text of the field <c>image</c>.</param>
/// <param name="Credentials">Where the credentials are.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ImageKey(string Text, PullCredentialsKey Credentials)
{
    /// <summary>The image of a container, or null for a source that is not an image.</summary>
    public static ImageKey? Of(Workload workload, SourceUse use) =>
        use.Image is { } text ? new(text, PullCredentialsKey.Of(workload.Ref.Namespace, workload.Pull)) : null;

    /// <summary>The images of a workload, each once.</summary>
    public static IEnumerable<ImageKey> Of(Workload workload) =>
        workload.Sources.Select(use => Of(workload, use)).OfType<ImageKey>().Distinct();
}

/// <summary>The place of pull credentials. They belong to one namespace and are never used for another.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Secrets">The Secrets, and the ServiceAccount that is used when there are none.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PullCredentialsKey(string Namespace, PullSecrets Secrets)
{
    public static PullCredentialsKey Of(string @namespace, PullSecrets pull) =>
        new(@namespace, pull.Names.IsEmpty ? pull : pull with { Account = "" });

    /// <summary>For example <c>secret/a, secret/b in shop</c>.</summary>
    public override string ToString() =>
        (Secrets.Names.IsEmpty ? $"serviceaccount/{Secrets.Account}" : string.Join(", ", Secrets.Names.Select(name => $"secret/{name}"))) + $" in {Namespace}";
}
