namespace RolloutOperator.Registry.Tests;

/// <summary>A folder that is deleted after the test.</summary>
internal sealed class TempFolder : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("registry-tests-").FullName;

    public string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
