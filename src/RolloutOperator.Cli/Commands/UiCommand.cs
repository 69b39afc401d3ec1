using System.CommandLine;
using RolloutOperator.Cli.Deciding;
using RolloutOperator.Cli.Output;
using RolloutOperator.Cli.Page;

namespace RolloutOperator.Cli.Commands;

/// <summary><c>ui</c>: what the other commands say, as a page.</summary>
internal static class UiCommand
{
    private const int LastPort = 65535;

    private static readonly Option<int> Port = PortOption();

    private static readonly Option<bool> Open = new("--open") { Description = "Open the page in the browser. Default: print its address only." };

    public static Command Build() => new Command("ui", """
        Serves a page with all enrolled workloads, what explain says of each, who reads what, and the rollouts, live. It has
        your rights, and changes nothing.

        It listens on 127.0.0.1 only, and prints an address with a token that is needed. It ends by Ctrl-C, with exit code 130.

        Examples:
          kubectl rollout-operator ui -A
          kubectl rollout-operator ui -n shop --port 8090 --open
        """).With(
            [Port, Open, ClusterOptions.Namespace, ClusterOptions.AllNamespaces, ClusterOptions.Selector, .. ClusterOptions.Connection],
            RunAsync);

    private static async Task RunAsync(ParseResult parsed, TextWriter output, CancellationToken cancellationToken)
    {
        using var api = ClusterOptions.Connect(parsed);
        var home = parsed.GetValue(ClusterOptions.OperatorNamespace);
        var feed = new StatusFeed(api, home, ClusterOptions.NamespaceOf(parsed, api), parsed.GetValue(ClusterOptions.Selector), TimeProvider.System);
        var reports = new LiveReports(new ClusterReports(api, home), feed, TimeProvider.System);
        await using var server = await PageServer.StartAsync(parsed.GetValue(Port), new PageContent(reports), cancellationToken);
        await output.WriteLineAsync(server.Address);
        await output.FlushAsync(cancellationToken);
        using var link = parsed.GetValue(Open) ? PageLink.Open(server.Address) : null;
        await reports.RunAsync(cancellationToken);
    }

    private static Option<int> PortOption()
    {
        var option = new Option<int>("--port") { Description = "The port on 127.0.0.1. Default: any free one.", HelpName = "number" };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > LastPort)
            {
                result.AddError($"--port: {result.GetValueOrDefault<int>()} is no port; write one from 1 to {LastPort}, or 0 for any free one.");
            }
        });
        return option;
    }
}
