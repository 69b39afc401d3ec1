using System.Text.RegularExpressions;

namespace RolloutOperator.Tests.Architecture;

/// <summary>Holds the source files to the sizes and the namespaces that the house has agreed on.</summary>
public partial class SourceFilesTests
{
    private const int LongestFile = 300;
    private const int LongestMedian = 100;

    private static readonly string Sources = Path.Combine(Repository.Root, "src");
    private static readonly string[] Files = [.. Directory.EnumerateFiles(Sources, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    [Fact]
    public void No_file_is_too_long_to_read() => Wrong.None(
        from file in Files
        let lines = File.ReadLines(file).Count()
        where lines > LongestFile
        select $"{Relative(file)} has {lines} lines; the most is {LongestFile}.");

    [Fact]
    public void The_median_file_is_short()
    {
        int[] lines = [.. Files.Select(file => File.ReadLines(file).Count()).Order()];
        Assert.True(lines[lines.Length / 2] < LongestMedian, $"The median file has {lines[lines.Length / 2]} lines; it should have fewer than {LongestMedian}.");
    }

    /// <summary>The build holds everything else about the style; the order of imports is no diagnostic of it.</summary>
    [Fact]
    public void Imports_are_in_order() => Wrong.None(
        from file in Files.Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories))
        let imports = File.ReadLines(file).TakeWhile(line => line.StartsWith("using ", StringComparison.Ordinal)).Where(line => !line.Contains('=', StringComparison.Ordinal)).ToArray()
        where !imports.SequenceEqual(imports.OrderBy(line => !Regex.IsMatch(line, @"^using System[.;]")).ThenBy(line => line.TrimEnd(';'), StringComparer.OrdinalIgnoreCase))
        select $"{Path.GetRelativePath(Repository.Root, file)} has imports out of order; `make format` sorts them.");

    [Fact]
    public void The_namespace_of_a_file_is_its_folder() => Wrong.None(
        from file in Files
        let expected = Path.GetDirectoryName(Relative(file))!.Replace(Path.DirectorySeparatorChar, '.')
        let match = Namespace().Match(File.ReadAllText(file))
        // A program itself is statements, and has none.
        where match.Success ? match.Groups[1].Value != expected : Path.GetFileName(file) != "Program.cs"
        select $"{Relative(file)} has {(match.Success ? "the namespace " + match.Groups[1].Value : "no namespace")}; by its folder it is {expected}.");

    private static string Relative(string file) => Path.GetRelativePath(Sources, file);

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
