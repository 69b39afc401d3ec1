namespace RolloutOperator.Tests.Architecture;

/// <summary>The working tree that the tests were built from.</summary>
internal static class Repository
{
    internal static string Root { get; } = Above(AppContext.BaseDirectory);

    private static string Above(string? folder)
    {
        while (folder is not null && !File.Exists(Path.Combine(folder, "RolloutOperator.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("the tests run from outside the working tree: no RolloutOperator.sln above them");
    }
}
