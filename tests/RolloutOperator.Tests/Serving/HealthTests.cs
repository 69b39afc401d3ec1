using RolloutOperator.Serving;

namespace RolloutOperator.Tests.Serving;

public class HealthTests
{
    private readonly Health _health = new();

    [Fact]
    public void Nothing_registered_is_nothing_to_complain_about()
    {
        Assert.Equal(new Health.Report(Good: true, "ok\n"), _health.Readiness(verbose: false));
        Assert.Equal(new Health.Report(Good: true, "ok\n"), _health.Liveness(verbose: true));
    }

    [Fact]
    public void It_is_ready_when_every_check_holds_and_names_those_that_do_not()
    {
        bool deployments = false;
        _health.AddReadiness("watch deployments", () => deployments);
        _health.AddReadiness("watch secrets", () => true);
        _health.AddReadiness("key", () => deployments, "not read");
        _health.AddLiveness("workers", () => true);

        Assert.Equal(new Health.Report(Good: false, "watch deployments: not in sync\nkey: not read\n"), _health.Readiness(verbose: false));
        Assert.Equal("watch deployments: not in sync\nwatch secrets: ok\nkey: not read\n", _health.Readiness(verbose: true).Body);
        Assert.True(_health.Liveness(verbose: false).Good);

        deployments = true;
        Assert.Equal(new Health.Report(Good: true, "ok\n"), _health.Readiness(verbose: false));
        Assert.Equal("watch deployments: ok\nwatch secrets: ok\nkey: ok\n", _health.Readiness(verbose: true).Body);
    }
}
