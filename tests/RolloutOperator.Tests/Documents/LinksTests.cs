using System.Text.RegularExpressions;
using RolloutOperator.Core.Templates;
using RolloutOperator.Leadership;
using RolloutOperator.Tests.Architecture;

namespace RolloutOperator.Tests.Documents;

/// <summary>Links between documents lead somewhere, and the README stays short.</summary>
public partial class LinksTests
{
    private const int LongestReadme = 150;

    private static readonly string[] Hidden = [".git", "artifacts", ".github", "bin", "obj", ".cluster"];

    private static readonly Dictionary<string, string[]> Pages = Markdown(Repository.Root).ToDictionary(file => file, WithoutCode);

    [Fact]
    public void Every_link_to_a_file_or_heading_leads_there() => Wrong.None(
        from page in Pages
        from line in page.Value
        from link in Link().Matches(line)
        let target = link.Groups[1].Value.Split('#', 2)
        where !target[0].Contains("://", StringComparison.Ordinal)
        let file = target[0].Length == 0 ? page.Key : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page.Key)!, target[0]))
        where !(File.Exists(file) || Directory.Exists(file)) || (target.Length == 2 && !Headings(file).Contains(target[1]))
        select $"{Path.GetRelativePath(Repository.Root, page.Key)} links to {link.Groups[1].Value}, which does not exist.");

    [Fact]
    public void Every_page_is_reachable_from_the_README()
    {
        var reached = new HashSet<string>();
        var next = new Queue<string>([Path.Combine(Repository.Root, "README.md")]);
        while (next.TryDequeue(out var page))
        {
            if (reached.Add(page) && Pages.TryGetValue(page, out var lines))
            {
                foreach (var link in lines.SelectMany(line => Link().Matches(line)))
                {
                    next.Enqueue(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, link.Groups[1].Value.Split('#')[0])));
                }
            }
        }

        Wrong.None(Pages.Keys.Except(reached).Select(page => $"No page that the README leads to links to {Path.GetRelativePath(Repository.Root, page)}."));
    }

    [Fact]
    public void The_README_is_short()
    {
        var lines = File.ReadLines(Path.Combine(Repository.Root, "README.md")).Count();
        Assert.True(lines <= LongestReadme, $"README.md has {lines} lines; the most is {LongestReadme}.");
    }

    private static IEnumerable<string> Markdown(string folder) => Directory.EnumerateFiles(folder, "*.md").Concat(
        Directory.EnumerateDirectories(folder).Where(each => !Hidden.Contains(Path.GetFileName(each))).SelectMany(Markdown));

    private static string[] WithoutCode(string file) => Fence().Replace(File.ReadAllText(file), "").Split('\n');

    // As GitHub makes them: lower case, blanks become hyphens, punctuation goes.
    private static HashSet<string> Headings(string file) => !Pages.TryGetValue(file, out var lines) ? [] :
    [
        .. lines.Where(line => line.StartsWith('#')).Select(line => string.Concat(line.TrimStart('#').Trim().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_'))
            .Replace(' ', '-').ToLowerInvariant()),
    ];

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
