namespace RolloutOperator.Registry.Tests;

internal static class AssertResolution
{
    public static void Found(string digest, Resolution resolution) => Assert.Equal(new Resolution.Found(digest), resolution);

    public static Resolution.Failed Failed(ResolutionStatus status, Resolution resolution)
    {
        var failed = Assert.IsType<Resolution.Failed>(resolution);
        Assert.True(status == failed.Status, failed.ToString());
        return failed;
    }
}
