namespace RolloutOperator.FaultProxy;

/// <summary>What happens to a request: a closed set.</summary>
public abstract record Fault
{
    private Fault()
    {
    }

    /// <summary>The proxy answers in place of the server.</summary>
    /// <param name="Status">The HTTP status.</param>
    /// <param name="Body">The body, as JSON.</param>
    /// <param name="Headers">More headers.</param>
    public sealed record Answer(int Status, string Body, params (string Name, string Value)[] Headers) : Fault
    {
        /// <summary>A Status of Kubernetes.</summary>
        public static Answer Failure(int code, string reason, params (string Name, string Value)[] headers) =>
            new(code, $$"""{"kind":"Status","apiVersion":"v1","status":"Failure","code":{{code}},"reason":"{{reason}}","message":"a fault"}""", headers);
    }

    /// <summary>The request is forwarded after this time.</summary>
    public sealed record Delay(TimeSpan Time) : Fault;

    /// <summary>The request is forwarded when the task is over.</summary>
    public sealed record Await(Func<ProxiedRequest, Task> Until) : Fault;

    /// <summary>There is no answer until the client gives up, or the rule is removed, which breaks the connection.</summary>
    public sealed record Hold : Fault;

    /// <summary>The connection breaks before there is an answer. The server has had the request if it is forwarded.</summary>
    public sealed record Cut(bool Forwards = false) : Fault;

    /// <summary>The server's answer breaks off after so many bytes of its body.</summary>
    public sealed record CutBody(int After) : Fault;

    /// <summary>The body of the server's answer becomes another one.</summary>
    public sealed record ReplaceBody(Func<string, string> With) : Fault;

    /// <summary>Each frame of a watch becomes those that are given: none, one or more.</summary>
    public sealed record Frames(Func<string, IEnumerable<string>> With) : Fault;

    /// <summary>The server's answer ends in order without a body: a watch that ends at once.</summary>
    public sealed record EndWatch : Fault;
}
