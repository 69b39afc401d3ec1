using System.Text;
using RolloutOperator.Observe.Images;
using RolloutOperator.Tests.Architecture;

namespace RolloutOperator.Tests.Observe.Images;

public sealed class HintReaderTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "RolloutOperator.Tests", "Observe", "Images", "hints");

    public static TheoryData<string> Cases => [.. Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_notification_says_where_to_look(string name)
    {
        var hints = HintReader.Read(File.ReadAllBytes(Path.Combine(Folder, name + ".json")));
        Assert.Equal(File.ReadAllLines(Path.Combine(Folder, name + ".txt")), hints.Select(hint => $"{hint.Host} {hint.Repository} {hint.Tag}"));
    }

    [Fact]
    public void One_notification_makes_a_bounded_number_of_looks()
    {
        var events = string.Join(',', Enumerable.Range(0, 1000).Select(i => $$$"""{"action":"push","target":{"repository":"app","tag":"{{{i}}}"} }"""));
        Assert.Equal(HintReader.Most, HintReader.Read(Encoding.UTF8.GetBytes($$"""{"events":[{{events}}]}""")).Length);
    }
}
