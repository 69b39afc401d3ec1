using System.Text.RegularExpressions;
using RolloutOperator.Core.Templates;
using RolloutOperator.Hosting;
using RolloutOperator.Tests.Architecture;

namespace RolloutOperator.Tests.Hosting;

/// <summary>The rights that the program needs, those that the examples grant and those that docs/reference/rbac.md lists are the same, in both directions.</summary>
public partial class RequiredPermissionsTests
{
    private static readonly OperatorOptions Everywhere = Some.Options();
    private static readonly OperatorOptions Greetings = Some.Options("greetings");

    [Fact]
    public void The_example_for_all_namespaces_grants_exactly_what_is_needed() =>
        Same(Grant.NeededBy(Everywhere), Grant.ReadFrom(Path.Combine(Repository.Root, "examples", "rbac.yaml")));

    [Fact]
    public void The_namespaced_example_grants_exactly_what_is_needed()
    {
        var granted = Grant.ReadFrom(Path.Combine(Repository.Root, "examples", "rbac-namespaced.yaml")).ToArray();
        Same(Grant.NeededBy(Greetings), granted);
        Assert.DoesNotContain(granted, grant => grant.Where.Length == 0);
    }

    [Fact]
    public void The_page_of_RBAC_lists_exactly_what_is_needed() =>
        Same(Grant.NeededBy(Everywhere).Select(grant => grant with { Name = "" }), Listed());

    [Fact]
    public void A_kind_of_the_command_line_is_needed_like_any_other()
    {
        Assert.True(WorkloadKind.TryParse("example.com/v1/widgets/Widget", out var widget));
        Assert.True(WorkloadKinds.BuiltIn.TryAdd(widget, out var kinds));
        Assert.Equal(
            ["list", "patch", "watch"],
            Grant.NeededBy(Greetings with { Scope = Greetings.Scope with { Kinds = kinds } }).Except(Grant.NeededBy(Greetings))
                .Select(grant => grant is { Group: "example.com", Resource: "widgets", Where: "greetings" } ? grant.Verb : "?").Order());
    }

    [Fact]
    public void Without_an_election_nothing_is_needed_for_it() => Assert.DoesNotContain(
        Grant.NeededBy(Everywhere with { LeaderElect = false }), grant => grant.Resource == "leases");

    [Fact]
    public void A_dry_run_needs_to_read_and_to_record_Events_and_nothing_else()
    {
        var needed = Grant.NeededBy(Everywhere with { DryRun = true, LeaderElect = false }).ToArray();
        Assert.Equal(["events"], needed.Where(grant => grant.Verb is not ("get" or "list" or "watch")).Select(grant => grant.Resource));
        Assert.Empty(needed.Except(Grant.NeededBy(Everywhere)));
    }

    [Fact]
    public void What_is_not_followed_takes_no_permission()
    {
        Assert.Equal(["get", "list", "watch"], Of("configmaps", SourceKind.ConfigMap));
        Assert.Empty(Of("secrets", SourceKind.ConfigMap, SourceKind.Image));
        Assert.Empty(Of("serviceaccounts", SourceKind.ConfigMap, SourceKind.Image));
        Assert.Empty(Of("configmaps", SourceKind.Secret));
        Assert.Equal(["create", "get", "get", "list", "watch", "watch"], Of("secrets", SourceKind.Secret));

        static string[] Of(string resource, params SourceKind[] followed) =>
        [
            .. Grant.NeededBy(Everywhere with { Scope = Everywhere.Scope with { Reading = ReadingRules.Default with { Sources = [.. followed] } } })
                .Where(grant => grant.Resource == resource).Select(grant => grant.Verb).Order(StringComparer.Ordinal),
        ];
    }

    [Fact]
    public void An_account_is_read_for_its_pull_secrets_or_followed_itself()
    {
        Assert.Equal(["get"], Of(SourceKind.Secret, SourceKind.Image));
        Assert.Equal(["get", "list", "watch"], Of(SourceKind.ServiceAccount));
        Assert.Equal(["get", "list", "watch"], Of([.. SourceKinds.All]));

        static string[] Of(params SourceKind[] followed) =>
        [
            .. RequiredPermissions.Of(Everywhere with { Scope = Everywhere.Scope with { Reading = ReadingRules.Default with { Sources = [.. followed] } } })
                .Select(permission => permission.Access).Where(access => access.Resource == "serviceaccounts").Select(access => access.Verb).Order(StringComparer.Ordinal),
        ];
    }

    [Fact]
    public void Namespaces_are_only_asked_for_where_their_labels_count()
    {
        Assert.Contains(Grant.NeededBy(Everywhere), OfNamespaces);
        Assert.DoesNotContain(Grant.NeededBy(Greetings), OfNamespaces);
        var automatic = Everywhere with { Scope = Everywhere.Scope with { Reading = new(Enrolment.Automatic) } };
        Assert.DoesNotContain(Grant.NeededBy(automatic), OfNamespaces);
        Assert.Contains(Grant.NeededBy(automatic with { Scope = automatic.Scope with { Selector = "team=shop" } }), OfNamespaces);

        static bool OfNamespaces(Grant grant) => grant.Resource == "namespaces";
    }

    private static void Same(IEnumerable<Grant> needed, IEnumerable<Grant> granted)
    {
        var (need, have) = (needed.ToHashSet(), granted.ToHashSet());
        Wrong.None([
            .. need.Except(have).Select(grant => $"{grant} is needed and not there."),
            .. have.Except(need).Select(grant => $"{grant} is there and nothing needs it."),
        ]);
    }

    private static IEnumerable<Grant> Listed() =>
        from line in File.ReadLines(Path.Combine(Repository.Root, "docs", "reference", "rbac.md"))
            .SkipWhile(line => line != "| group | resource | verbs | where | what for |").Skip(2).TakeWhile(line => line.StartsWith('|'))
        let cells = line.Trim('|').Split('|').Select(cell => cell.Trim()).ToArray()
        from resource in Code().Matches(cells[1]).Select(match => match.Groups[1].Value)
        from verb in cells[2].Split(", ")
        select new Grant(verb, cells[0] == "core" ? "" : cells[0].Trim('`'), resource, cells[3] switch
        {
            "watched namespaces" or "the cluster" => "",
            "the operator's namespace" => Everywhere.OperatorNamespace,
            _ => "?",
        }, "");

    [GeneratedRegex("`([a-z]+)`")]
    private static partial Regex Code();
}
