using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace RolloutOperator.Cli.Page;

/// <summary>Why a request is refused.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Text">What is wrong and what helps.</param>
internal sealed record Refusal(int Status, string Text);

/// <summary>
/// Which requests are answered: those of the page itself, on the loopback address, by somebody who has the token. Any page
/// in the same browser can send requests here, and by DNS rebinding even under a name of its own.
/// </summary>
/// <param name="port">The port that the page is served on.</param>
/// <param name="token">The token.</param>
internal sealed class RequestRules(int port, string token)
{
    // Fetch Metadata, section 2.1.
    private const string FetchSite = "Sec-Fetch-Site";
    private const string FetchMode = "Sec-Fetch-Mode";

    private readonly byte[] _token = Encoding.UTF8.GetBytes(token);
    private readonly string[] _hosts = [$"127.0.0.1:{port}", $"localhost:{port}", $"[::1]:{port}"];

    /// <summary>A new token, 256 bits as base64url.</summary>
    public static string NewToken() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).Replace('+', '-').Replace('/', '_').TrimEnd('=');

    /// <summary>What is wrong with a request; null when it is answered.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isPublic">Whether the answer is the same for everybody, and says nothing of the cluster.</param>
    public Refusal? Check(HttpRequest request, bool isPublic)
    {
        if (request.Headers.Host is not [{ } host] || !_hosts.Contains(host, StringComparer.OrdinalIgnoreCase))
        {
            return new(StatusCodes.Status403Forbidden, $"This page is served as http://{_hosts[0]} only, and not under another name.");
        }

        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            return new(StatusCodes.Status405MethodNotAllowed, "This page only reads: GET and HEAD.");
        }

        if (IsForeign(request, host))
        {
            return new(StatusCodes.Status403Forbidden, "Other pages may not read this one.");
        }

        return isPublic || HasToken(request) ? null
            : new(StatusCodes.Status401Unauthorized, "A token is needed: open the whole address that `kubectl rollout-operator ui` printed. It is another one each time the command starts.");
    }

    private static bool IsForeign(HttpRequest request, string host)
    {
        var origin = request.Headers.Origin;
        if (origin.Count > 0 && !(origin is [{ } only] && only.Equals("http://" + host, StringComparison.OrdinalIgnoreCase)))
        {
            return true;
        }

        // A link on another page may lead here: nothing but the page can be opened, and it takes the token.
        var site = request.Headers[FetchSite].ToString();
        return site is not ("" or "same-origin" or "none") && request.Headers[FetchMode] != "navigate";
    }

    private bool HasToken(HttpRequest request)
    {
        const string Bearer = "Bearer ";
        var header = request.Headers[HeaderNames.Authorization].ToString();
        var given = header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..] : request.Query["token"].ToString();
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), _token);
    }
}
