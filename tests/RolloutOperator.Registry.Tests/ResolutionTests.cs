namespace RolloutOperator.Registry.Tests;

public sealed class ResolutionTests
{
    [Fact]
    public void Every_status_has_a_label_of_its_own()
    {
        string[] labels = [.. Enum.GetValues<ResolutionStatus>().Select(status => status.ToLabel())];
        Assert.Equal(
            ["found", "unauthorized", "bad_credential", "denied", "not_found", "rate_limited", "deferred", "unavailable", "not_a_registry", "refused"],
            labels);
    }
}
