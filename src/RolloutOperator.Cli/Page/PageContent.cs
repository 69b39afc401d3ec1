using Microsoft.AspNetCore.Http;
using RolloutOperator.Cli.Output;

namespace RolloutOperator.Cli.Page;

/// <summary>What is served: the files of the page, the reports of the commands as JSON, and that something has changed.</summary>
internal sealed class PageContent(IPageReports reports)
{
    private const string Home = "/";

    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        ["index.html"] = "text/html; charset=utf-8",
        ["style.css"] = "text/css; charset=utf-8",
        ["icon.svg"] = "image/svg+xml",
    };

    private static readonly Dictionary<string, byte[]> Files = ReadFiles();

    /// <summary>Whether a path is of a file that is the same for everybody.</summary>
    public static bool IsPublic(PathString path) => path != Home && Files.ContainsKey(NameOf(path));

    public async Task AnswerAsync(HttpContext context)
    {
        var (path, query) = (context.Request.Path, context.Request.Query);
        var name = path == Home ? "index.html" : NameOf(path);
        if (Files.TryGetValue(name, out var file))
        {
            await PageAnswer.BytesAsync(context, StatusCodes.Status200OK, Types.GetValueOrDefault(name, "text/javascript; charset=utf-8"), file);
            return;
        }

        try
        {
            var (workload, space) = ($"{query["kind"]}/{query["name"]}", query["namespace"].ToString());
            switch (path.Value)
            {
                case "/api/status":
                    var live = await reports.StatusAsync(context.RequestAborted);
                    context.Response.Headers.ETag = $"\"{live.Version}\"";
                    await PageAnswer.JsonAsync(context, live.Json);
                    break;
                case "/api/explain":
                    await PageAnswer.JsonAsync(context, Printer.OneLine(await reports.ExplainAsync(workload, space, context.RequestAborted)));
                    break;
                case "/api/history":
                    await PageAnswer.JsonAsync(context, Printer.OneLine(await reports.HistoryAsync(workload, space, context.RequestAborted)));
                    break;
                case "/api/graph":
                    await PageAnswer.JsonAsync(context, Printer.OneLine(await reports.GraphAsync(space, query.ContainsKey("name") ? workload : null, context.RequestAborted)));
                    break;
                case "/api/changes":
                    await ChangesAsync(context);
                    break;
                default:
                    await PageAnswer.TextAsync(context, new(StatusCodes.Status404NotFound, "There is nothing here."));
                    break;
            }
        }
        catch (CommandException e) when (!context.Response.HasStarted)
        {
            await PageAnswer.ProblemAsync(context, e.Message);
        }
        catch (OperationCanceledException)
        {
            // Whoever asked has gone, or the command ends.
        }
    }

    // Server-sent events (HTML, section 9.2). The page reads them by fetch, which can send the token in a header.
    private async Task ChangesAsync(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream; charset=utf-8";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            return;
        }

        await foreach (var change in reports.ChangesAsync(context.RequestAborted))
        {
            await context.Response.WriteAsync(change is null ? ": still there\n\n" : $"data: {Printer.OneLine(change)}\n\n", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    private static string NameOf(PathString path) => path.Value?.TrimStart('/') ?? "";

    private static Dictionary<string, byte[]> ReadFiles()
    {
        var assembly = typeof(PageContent).Assembly;
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var name in assembly.GetManifestResourceNames())
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            files[name] = bytes.ToArray();
        }

        return files;
    }
}
