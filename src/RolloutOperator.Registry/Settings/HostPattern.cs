namespace RolloutOperator.Registry.Settings;

/// <summary>A host, with its port if it matters, or <c>*.</c> and the end of one.</summary>
internal sealed record HostPattern
{
    private readonly string _host;
    private readonly bool _isSuffix;

    private HostPattern(string host, bool isSuffix) => (_host, _isSuffix) = (host, isSuffix);

    public static HostPattern? TryParse(string text)
    {
        var isSuffix = text.StartsWith("*.", StringComparison.Ordinal);
        var host = isSuffix ? text[2..] : text;
        return ReferenceGrammar.ProblemOfDomain(host) is null ? new(HostName.Canonical(host), isSuffix) : null;
    }

    /// <summary>Whether it means the host; one without a port means the host on every port.</summary>
    public bool Matches(string authority)
    {
        var canonical = HostName.Canonical(authority);
        var bare = HostName.WithoutPort(canonical);
        return _isSuffix
            ? canonical.EndsWith("." + _host, StringComparison.Ordinal) || bare.EndsWith("." + _host, StringComparison.Ordinal)
            : canonical == _host || bare == _host;
    }
}
