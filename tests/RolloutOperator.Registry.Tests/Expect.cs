namespace RolloutOperator.Registry.Tests;

internal static class Expect
{
    public static void Found(string digest, Resolution resolution) => Assert.Equal(new Resolution.Found(digest), resolution);

    public static Resolution.NoInformation Nothing(NoInformationReason reason, Resolution resolution)
    {
        var nothing = Assert.IsType<Resolution.NoInformation>(resolution);
        Assert.True(reason == nothing.Reason, nothing.ToString());
        return nothing;
    }
}
