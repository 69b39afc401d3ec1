using RolloutOperator.Core.Planning;
using RolloutOperator.Core.Templates;
using RolloutOperator.Reconciling;

namespace RolloutOperator.Tests.Reconciling;

public sealed class AdoptionBackoffTests
{
    private static readonly WorkloadRef Workload = new("Deployment", "shop", "app");

    private readonly TestClock _time = new();
    private readonly AdoptionBackoff _adoptions;

    public AdoptionBackoffTests() => _adoptions = new(_time);

    [Fact]
    public void A_ledger_removed_again_and_again_is_restored_ever_more_slowly()
    {
        int[] seconds = [0, 10, 20, 40, 80, 160, 320, 320];
        foreach (int wait in seconds)
        {
            Assert.Equal(TimeSpan.FromSeconds(wait), _adoptions.DelayOf(Workload, Plan(Adoption.Restored)));
            _time.Advance(TimeSpan.FromSeconds(wait));
            Assert.Equal(TimeSpan.Zero, _adoptions.DelayOf(Workload, Plan(Adoption.Restored)));
            _adoptions.Record(Workload, Plan(Adoption.Restored));
        }
    }

    [Fact]
    public void After_a_quiet_time_a_ledger_is_restored_at_once()
    {
        for (int write = 0; write < 8; write++)
        {
            _adoptions.Record(Workload, Plan(Adoption.Restored));
        }

        _time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(TimeSpan.Zero, _adoptions.DelayOf(Workload, Plan(Adoption.Restored)));
        _adoptions.Record(Workload, Plan(Adoption.Restored));
        Assert.Equal(TimeSpan.FromSeconds(10), _adoptions.DelayOf(Workload, Plan(Adoption.Restored)));
    }

    [Theory]
    [InlineData(Adoption.First)]
    [InlineData(Adoption.Rekeyed)]
    public void Other_adoptions_do_not_wait(Adoption reason)
    {
        _adoptions.Record(Workload, Plan(Adoption.Restored));
        _adoptions.Record(Workload, Plan(Adoption.Restored));
        Assert.Equal(TimeSpan.Zero, _adoptions.DelayOf(Workload, Plan(reason)));
    }

    private static Plan.Adopt Plan(Adoption reason) => new(Ledger.Of(1, "0a1b2c3d", default, []), reason);
}
