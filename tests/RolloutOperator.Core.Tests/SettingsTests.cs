using System.Text.Json.Nodes;
using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;

namespace RolloutOperator.Core.Tests;

public sealed class SettingsTests
{
    [Fact]
    public void No_annotations_give_the_default_settings()
    {
        var settings = Make.Settings();
        Assert.Empty(settings.Include);
        Assert.Empty(settings.Exclude);
        Assert.False(settings.Pause);
        Assert.Null(settings.Settle);
        Assert.Empty(settings.Problems);
    }

    [Fact]
    public void Annotations_are_read_into_settings()
    {
        var settings = Make.Settings((Names.Include, "configmap/a"), (Names.Exclude, "image/app"), (Names.Pause, "true"), (Names.Settle, "5s"));
        Assert.Equal([Make.Source("configmap/a")], settings.Include);
        Assert.Equal([new SourcePattern(SourceKind.Image, "app")], settings.Exclude);
        Assert.True(settings.Pause);
        Assert.Equal(TimeSpan.FromSeconds(5), settings.Settle);
        Assert.Empty(settings.Problems);
    }

    [Theory]
    [InlineData("true", true, false)]
    [InlineData("false", false, false)]
    [InlineData("True", true, true)]
    [InlineData("", true, true)]
    [InlineData("no", true, true)]
    public void An_invalid_pause_value_restarts_nothing(string value, bool pause, bool problem)
    {
        var settings = Make.Settings((Names.Pause, value));
        Assert.Equal(pause, settings.Pause);
        Assert.Equal(problem, settings.Problems.Length == 1);
    }

    [Theory]
    [InlineData("required", 0)]
    [InlineData("Required", 1)]
    [InlineData("false", 1)]
    [InlineData("", 1)]
    public void An_approval_value_that_is_not_understood_takes_one(string value, int problems)
    {
        var settings = Make.Settings((Names.Approval, value), (Names.Approved, "a"));
        Assert.Equal((true, "a", problems), (settings.NeedsApproval, settings.Approved, settings.Problems.Length));
        Assert.False(Make.Settings((Names.Approved, "a")).NeedsApproval);
    }

    [Theory]
    [InlineData("on", true, false)]
    [InlineData("off", false, false)]
    [InlineData("true", false, true)]
    [InlineData("", false, true)]
    public void Images_that_are_not_understood_are_not_followed(string value, bool images, bool problem)
    {
        var settings = Make.Settings((Names.Images, value));
        Assert.Equal(images, settings.Images);
        Assert.Equal(problem, settings.Problems.Length == 1);
    }

    [Fact]
    public void An_invalid_settle_value_is_the_default()
    {
        var settings = Make.Settings((Names.Settle, "soon"));
        Assert.Null(settings.Settle);
        Assert.Equal((Names.Settle, "soon"), (Assert.Single(settings.Problems).Annotation, settings.Problems[0].Value));
    }

    [Fact]
    public void One_bad_part_of_a_list_leaves_the_others()
    {
        var settings = Make.Settings((Names.Include, "configmap/a, nonsense ,secret/b"));
        Assert.Equal([Make.Source("configmap/a"), Make.Source("secret/b")], settings.Include);
        Assert.Equal("nonsense", Assert.Single(settings.Problems).Value);
    }

    [Fact]
    public void A_source_of_another_namespace_needs_the_option()
    {
        (string, string)[] annotations = [(Names.Include, "configmap/other/a, secret/b, secret/default/c"), (Names.Exclude, "secret/other/d, image/other/app")];
        var without = Make.Settings(annotations);
        Assert.Equal([Make.Source("secret/b")], without.Include);
        Assert.Empty(without.Exclude);
        Assert.Equal(["configmap/other/a", "secret/default/c", "secret/other/d", "image/other/app"], without.Problems.Select(p => p.Value));
        Assert.All(without.Problems.Take(3), p => Assert.Contains("--allow-cross-namespace", p.Allowed, StringComparison.Ordinal));
        Assert.DoesNotContain("--allow-cross-namespace", without.Problems[3].Allowed, StringComparison.Ordinal);

        var with = Make.Settings(true, annotations);
        Assert.Equal(["configmap/other/a", "secret/b", "secret/c"], with.Include.Select(s => s.ToString()));
        Assert.True(with.Excludes(Make.Source("secret/other/d")));
        Assert.False(with.Excludes(Make.Source("secret/d")));
        Assert.Equal("image/other/app", Assert.Single(with.Problems).Value);
    }

    [Fact]
    public void The_star_matches_every_image_and_nothing_else()
    {
        var settings = Make.Settings((Names.Exclude, "image/*"));
        Assert.True(settings.Excludes(Make.Source("image/app")));
        Assert.False(settings.Excludes(Make.Source("configmap/app")));
        Assert.False(Make.Settings((Names.Exclude, "image/app")).Excludes(Make.Source("image/side")));
    }

    [Theory]
    [InlineData("configmap/*", "configmap/a", true)]
    [InlineData("configmap/*", "secret/a", false)]
    [InlineData("secret/*", "secret/a.b-c", true)]
    [InlineData("serviceaccount/*", "serviceaccount/a", true)]
    [InlineData("configmap/istio-*", "configmap/istio-ca", true)]
    [InlineData("configmap/istio-*", "configmap/istio", false)]
    [InlineData("configmap/istio-*", "configmap/my-istio-ca", false)]
    [InlineData("configmap/*-ca", "configmap/istio-ca", true)]
    [InlineData("configmap/*-ca", "configmap/istio-ca-root", false)]
    [InlineData("configmap/a*b*c", "configmap/a-b-b-c", true)]
    [InlineData("configmap/a*b*c", "configmap/a-c", false)]
    [InlineData("configmap/a*a", "configmap/a", false)]
    [InlineData("configmap/ab*ba", "configmap/aba", false)]
    [InlineData("configmap/**", "configmap/a", true)]
    public void A_star_stands_for_any_run_of_characters(string pattern, string source, bool excluded)
    {
        var settings = Make.Settings((Names.Exclude, pattern));
        Assert.Empty(settings.Problems);
        Assert.Equal(excluded, settings.Excludes(Make.Source(source)));
    }

    [Fact]
    public void A_pattern_of_another_namespace_needs_the_option_and_matches_only_there()
    {
        Assert.Contains("--allow-cross-namespace", Assert.Single(Make.Settings((Names.Exclude, "configmap/shop/*")).Problems).Allowed, StringComparison.Ordinal);
        var settings = Make.Settings(true, (Names.Exclude, "configmap/shop/*, secret/default/*"));
        Assert.True(settings.Excludes(Make.Source("configmap/shop/a")));
        Assert.False(settings.Excludes(Make.Source("configmap/a")));
        Assert.True(settings.Excludes(Make.Source("secret/a")));
    }

    [Theory]
    [InlineData("*")]
    [InlineData("*/*")]
    [InlineData("configm*p/a")]
    [InlineData("configmap/")]
    [InlineData("configmap/A*")]
    [InlineData("configmap/*.")]
    [InlineData("configmap/.*")]
    [InlineData("configmap/sh*p/a")]
    [InlineData("configmap/?")]
    public void A_malformed_pattern_is_a_problem(string pattern)
    {
        var problem = Assert.Single(Make.Settings(true, (Names.Exclude, pattern)).Problems);
        Assert.Equal((Names.Exclude, pattern), (problem.Annotation, problem.Value));
    }

    [Theory]
    [InlineData("configmap/*")]
    [InlineData("configmap/istio-*")]
    public void No_pattern_can_be_included(string pattern)
    {
        var settings = Make.Settings((Names.Include, pattern));
        Assert.Empty(settings.Include);
        Assert.Contains("names with * are for rollout-operator.io/exclude", Assert.Single(settings.Problems).Allowed, StringComparison.Ordinal);
    }

    [Fact]
    public void A_source_of_a_kind_that_is_not_followed_cannot_be_included()
    {
        var rules = ReadingRules.Default with { Sources = [SourceKind.ConfigMap] };
        var settings = Core.Templates.Settings.Read(name => name == Names.Include ? "secret/a, configmap/b, serviceaccount/c" : null, "default", rules);
        Assert.Equal([Make.Source("configmap/b")], settings.Include);
        Assert.Equal(
            [("secret/a", "secrets"), ("serviceaccount/c", "serviceaccounts")],
            settings.Problems.Select(problem => (problem.Value, problem.Allowed.Split(' ')[^1])));
    }

    [Fact]
    public void Any_annotations_have_settings() => Properties.ForAll(dice =>
    {
        var settings = Core.Templates.Settings.Read(_ => dice.OneIn(4) ? null : dice.Of(dice.Text(9), string.Join(',', dice.Many(5, () => dice.Of("configmap/a", "image/*", "secret/other/a", "configmap/a*-*b", dice.Text())))), "default", ReadingRules.Default with { CrossNamespace = dice.OneIn(2) });
        Assert.Equal(settings, settings with { });
        Assert.Equal(settings.GetHashCode(), (settings with { }).GetHashCode());
    });

    [Fact]
    public void Settings_differ_by_each_part()
    {
        (string, string)[] all =
        [
            (Names.Include, "configmap/a"), (Names.Exclude, "configmap/b"), (Names.Settle, "1s"), (Names.Images, "on"),
            (Names.Approval, "required"), (Names.Approved, "a"), (Names.Adopt, new string('a', 64) + "/1"), (Names.Pause, "true"),
        ];
        var settings = Make.Settings(all);
        Assert.Equal(settings, Make.Settings(all));
        foreach (var i in Enumerable.Range(0, all.Length))
        {
            Assert.NotEqual(settings, Make.Settings([.. all.Where((_, j) => j != i)]));
        }

        Assert.NotEqual(settings, Make.Settings([.. all.SkipLast(1), (Names.Pause, "yes")]));
    }

    [Fact]
    public void A_workload_is_the_same_until_something_that_is_planned_on_changes()
    {
        Workload Read(Action<JsonObject> change)
        {
            var json = JsonNode.Parse("""
                {"metadata":{"name":"a","namespace":"n","uid":"u","resourceVersion":"1","labels":{"rollout-operator.io/enabled":"true"},"annotations":{}},
                 "spec":{"template":{"metadata":{"annotations":{}},"spec":{"containers":[{"envFrom":[{"configMapRef":{"name":"a"}}]}]}}}}
                """)!.AsObject();
            change(json);
            return Make.Workload(json);
        }

        var workload = Read(_ => { });
        Assert.Equal(("1", "u", "Deployment n/a"), (workload.Version, workload.Uid, workload.Ref.ToString()));
        Assert.True(workload.SameBut(Read(_ => { })));
        Assert.True(workload.SameBut(Read(w => w["metadata"]!["resourceVersion"] = "2")));
        Assert.True(workload.SameBut(Read(w => w["status"] = new JsonObject { ["replicas"] = 1 })));
        Action<JsonObject>[] changes =
        [
            w => w["metadata"]!["name"] = "b",
            w => w["metadata"]!["namespace"] = "b",
            w => w["metadata"]!["uid"] = "b",
            w => w["metadata"]!["labels"]![Names.Enabled] = "false",
            w => w["metadata"]!["annotations"]![Names.Pause] = "true",
            w => w["metadata"]!["annotations"]![Names.Include] = "secret/b",
            w => w["metadata"]!["annotations"]![Names.ChangeCause] = "x",
            w => w["metadata"]!["annotations"]![Names.Ledger] = Make.Ledger(1).ToJson(),
            w => w["spec"]!["template"]!["metadata"]!["annotations"]![Names.Rollout] = "1",
            w => w["spec"]!["template"]!["spec"]!["x"] = 1,
        ];
        Assert.All(changes, change => Assert.False(workload.SameBut(Read(change))));
    }
}
