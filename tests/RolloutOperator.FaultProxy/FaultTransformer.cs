using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace RolloutOperator.FaultProxy;

/// <summary>Adds the credential to a request, and puts the fault into the answer.</summary>
internal sealed class FaultTransformer(Fault? fault, string? token) : HttpTransformer
{
    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        proxyRequest.Headers.Host = null;

        // Faults read and write text.
        proxyRequest.Headers.AcceptEncoding.Clear();
        if (!string.IsNullOrEmpty(token))
        {
            proxyRequest.Headers.Authorization = new("Bearer", token);
        }
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        var copies = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        if (proxyResponse is null || !proxyResponse.IsSuccessStatusCode)
        {
            return copies;
        }

        if (fault is null && httpContext.Request.Query.ContainsKey("watch"))
        {
            // The first event of a quiet watch may be hours away.
            await httpContext.Response.Body.FlushAsync(cancellationToken);
        }

        switch (fault)
        {
            case Fault.Cut:
                httpContext.Abort();
                return false;
            case Fault.CutBody cut:
                Replace(new CutStream(await proxyResponse.Content.ReadAsStreamAsync(cancellationToken), cut.After));
                break;
            case Fault.ReplaceBody replace:
                Replace(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(replace.With(await proxyResponse.Content.ReadAsStringAsync(cancellationToken)))));
                break;
            case Fault.Frames frames:
                Replace(new FrameStream(await proxyResponse.Content.ReadAsStreamAsync(cancellationToken), frames.With));
                break;
            case Fault.EndWatch:
                Replace(Stream.Null);
                break;
            default:
                break;
        }

        return copies;

        void Replace(Stream body)
        {
            MediaTypeHeaderValue? type = proxyResponse.Content.Headers.ContentType;
            proxyResponse.Content = new StreamContent(body);
            proxyResponse.Content.Headers.ContentType = type;
            httpContext.Response.ContentLength = null;
        }
    }
}
