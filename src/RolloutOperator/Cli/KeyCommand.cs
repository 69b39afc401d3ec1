using System.CommandLine;
using System.Security.Cryptography;
using RolloutOperator.Core.Checksums;
using RolloutOperator.Core.Templates;
using RolloutOperator.Hosting;
using RolloutOperator.Kubernetes;
using RolloutOperator.Watching;

namespace RolloutOperator.Cli;

/// <summary><c>rollout-operator key rotate</c>: a new digest key, which restarts nothing.</summary>
internal static class KeyCommand
{
    public static Command Build()
    {
        var rotate = new DocumentedCommand("rotate", "Creates a new digest key. Running operators use it immediately; nothing restarts and no change is lost.")
        {
            Groups = [ConnectionFlags.Group],
            Examples = [new("Of the operator in this namespace.", "rollout-operator key rotate --operator-namespace rollout-operator")],
        };
        foreach (var option in ConnectionFlags.Group.Options)
        {
            rotate.Options.Add(option);
        }

        rotate.SetAction(async (parsed, cancellationToken) => (int)await RotateAsync(parsed, cancellationToken));
        return new DocumentedCommand("key", "Manages the key with which Secrets are hashed.") { rotate };
    }

    private static async Task<ExitCode> RotateAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (await ConnectionFlags.LoadAsync(parsed) is not { } endpoint)
        {
            return ExitCode.Configuration;
        }

        var (@namespace, output) = (ConnectionFlags.NamespaceOf(parsed.CommandResult, endpoint), parsed.InvocationConfiguration);
        using var client = new KubeClient(endpoint, TimeProvider.System, ServiceRegistration.Random);
        try
        {
            var id = await RotateAsync(client, @namespace, cancellationToken);
            await output.Output.WriteLineAsync($"Secret {@namespace}/{DigestKeySecretBody.Name} has a new key: {id}");
            return ExitCode.Success;
        }
        catch (KubeException e)
        {
            await parsed.WriteErrorAsync($"cannot rotate the key in Secret {@namespace}/{DigestKeySecretBody.Name}: {e.Message} {Remedy(e)}");
            return e is KubeApiException { IsUnauthorized: true } ? ExitCode.Unauthorized : ExitCode.Failure;
        }
    }

    private static async Task<string> RotateAsync(KubeClient client, string @namespace, CancellationToken cancellationToken)
    {
        var next = DigestKey.Random(RandomNumberGenerator.Fill);
        var (version, keys) = await client.GetAsync(
            ResourceTypes.Secrets, @namespace, DigestKeySecretBody.Name, DigestKeySecretBody.ReadWithVersion, cancellationToken);
        var body = DigestKeySecretBody.Patch(keys?.Rotate(next) ?? new([next]), version);
        try
        {
            return await client.MergePatchAsync(
                ResourceTypes.Secrets, @namespace, DigestKeySecretBody.Name, body, Names.FieldManager, DigestKeySecretBody.ReadWithVersion, cancellationToken)
                is (_, { } now) ? now.CurrentId : next.Id;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }

    private static string Remedy(KubeException e) => e switch
    {
        KubeApiException { IsForbidden: true } => "It takes get and patch on that Secret.",
        KubeApiException { IsNotFound: true } => "Name the operator's namespace with --operator-namespace; the operator makes the Secret when it starts.",
        KubeApiException { IsConflict: true } => "Somebody else rotated it at the same time; try again if that is not enough.",
        _ => "",
    };
}
