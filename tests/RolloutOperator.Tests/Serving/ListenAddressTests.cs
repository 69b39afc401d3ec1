using RolloutOperator.Serving;

namespace RolloutOperator.Tests.Serving;

public class ListenAddressTests
{
    [Theory]
    [InlineData("0.0.0.0:8080", "0.0.0.0:8080")]
    [InlineData("127.0.0.1:0", "127.0.0.1:0")]
    [InlineData("localhost:9", "127.0.0.1:9")]
    [InlineData("[::1]:8080", "[::1]:8080")]
    [InlineData("[::]:8080", "[::]:8080")]
    [InlineData(":0", ":0")]
    [InlineData("", null)]
    [InlineData("8080", null)]
    [InlineData("host:8080", null)]
    [InlineData("::1:8080", null)]
    [InlineData("[127.0.0.1]:8080", null)]
    [InlineData("127.0.0.1:", null)]
    [InlineData("127.0.0.1:65536", null)]
    [InlineData("127.0.0.1:-1", null)]
    public void An_address_is_a_host_of_this_machine_and_a_port(string text, string? address) =>
        Assert.Equal(address, ListenAddress.TryParse(text)?.ToString());

    [Fact]
    public void By_default_it_is_port_8080_on_every_address() => Assert.Equal(":8080", ListenAddress.Default.ToString());
}
