using System.Text;

namespace RolloutOperator.Kubernetes;

/// <summary>Puts a relative URI together, escaping every part.</summary>
internal sealed class UriText(string start)
{
    private readonly StringBuilder _text = new(start, 128);
    private bool _hasQuery;

    /// <summary>Adds a path segment. An empty or dotted one would name another resource: <c>/namespaces//secrets</c>, or the parent.</summary>
    public UriText Segment(string segment)
    {
        if (segment is null or "" or "." or "..")
        {
            throw new ArgumentException($"'{segment}' cannot be part of an object's path.", nameof(segment));
        }

        if (_text.Length > 0)
        {
            _text.Append('/');
        }

        _text.Append(Uri.EscapeDataString(segment));
        return this;
    }

    /// <summary>Adds a query parameter, unless it has no value.</summary>
    public UriText Query(string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            _text.Append(_hasQuery ? '&' : '?').Append(name).Append('=').Append(Uri.EscapeDataString(value));
            _hasQuery = true;
        }

        return this;
    }

    public Uri ToUri() => new(_text.ToString(), UriKind.Relative);
}
