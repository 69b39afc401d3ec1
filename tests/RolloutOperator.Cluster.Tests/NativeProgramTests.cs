using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using RolloutOperator.Cluster.Tests.Harness;

namespace RolloutOperator.Cluster.Tests;

/// <summary>The published program is native code, and only what the operator needs is linked.</summary>
public sealed class NativeProgramTests
{
    // ELF's first bytes, and the section in which the compiler of .NET puts code that was managed.
    private static ReadOnlySpan<byte> ElfMagic => [0x7f, (byte)'E', (byte)'L', (byte)'F'];

    private static ReadOnlySpan<byte> CodeSection => "\0__managedcode\0"u8;

    [Fact]
    public async Task The_published_program_is_one_file_of_native_code()
    {
        var program = await File.ReadAllBytesAsync(Published(), TestContext.Current.CancellationToken);

        Assert.True(program.AsSpan().StartsWith(ElfMagic));
        Assert.True(program.AsSpan().IndexOf(CodeSection) >= 0);
        Assert.DoesNotContain(
            Directory.EnumerateFiles(Path.GetDirectoryName(Published())!),
            file => Path.GetExtension(file) is ".dll" or ".so" or ".json");
    }

    /// <summary>The client and its JSON code name every type of the API, which costs 20 MiB of memory.</summary>
    [Theory]
    [InlineData("k8s", "Kubernetes")]
    [InlineData("k8s", "KubernetesJson")]
    public void The_client_of_the_Kubernetes_library_is_not_linked(string @namespace, string name)
    {
        var linked = LinkedTypes();

        // What is linked for certain, so that an empty list does not pass.
        Assert.Contains(("Serilog.Core", "Logger"), linked);
        Assert.DoesNotContain((@namespace, name), linked);
    }

    private static HashSet<(string Namespace, string Name)> LinkedTypes()
    {
        using var file = new PEReader(File.OpenRead(Path.ChangeExtension(Published(), ".mstat")));
        var metadata = file.GetMetadataReader();
        return metadata.TypeReferences.Select(metadata.GetTypeReference)
            .Select(type => (metadata.GetString(type.Namespace), metadata.GetString(type.Name)))
            .ToHashSet();
    }

    private static string Published()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("ROLLOUT_OPERATOR_TEST_PROGRAM") is null, "tests/install/operator-program was not run");
        return OperatorProcess.Program;
    }
}
