using System.Globalization;
using System.Text;

namespace RolloutOperator.Serve.Exposition;

/// <summary>Writes families as Prometheus text 0.0.4, or as OpenMetrics 1.0 for those who ask for it.</summary>
internal sealed class TextFormat
{
    internal static readonly TextFormat Prometheus = new("text/plain; version=0.0.4; charset=utf-8", openMetrics: false);
    internal static readonly TextFormat OpenMetrics = new("application/openmetrics-text; version=1.0.0; charset=utf-8", openMetrics: true);

    private readonly bool _openMetrics;

    private TextFormat(string contentType, bool openMetrics)
    {
        ContentType = contentType;
        _openMetrics = openMetrics;
    }

    internal string ContentType { get; }

    internal string Write(IEnumerable<Family> families)
    {
        var text = new StringBuilder();
        foreach (Family family in families)
        {
            WriteHead(text, family);
            if (family.Kind == FamilyKind.Histogram)
            {
                WriteDistributions(text, family);
            }
            else
            {
                WriteValues(text, family);
            }
        }

        return text.Append(_openMetrics ? "# EOF\n" : "").ToString();
    }

    private void WriteHead(StringBuilder text, Family family)
    {
        // Prometheus names the family of a counter with its _total, OpenMetrics without.
        string name = family.Kind == FamilyKind.Counter && !_openMetrics ? family.Name + "_total" : family.Name;
        string kind = family.Kind switch { FamilyKind.Counter => "counter", FamilyKind.Histogram => "histogram", _ => "gauge" };
        text.Append("# HELP ").Append(name).Append(' ').Append(Escape(family.Help, quotes: _openMetrics)).Append('\n');
        text.Append("# TYPE ").Append(name).Append(' ').Append(kind).Append('\n');
        if (_openMetrics && family.Unit is not null)
        {
            text.Append("# UNIT ").Append(name).Append(' ').Append(family.Unit).Append('\n');
        }
    }

    private static void WriteValues(StringBuilder text, Family family)
    {
        string name = family.Kind == FamilyKind.Counter ? family.Name + "_total" : family.Name;
        foreach ((Labels labels, double value) in family.Values)
        {
            WriteSample(text, family, name, labels, le: null, value);
        }
    }

    private void WriteDistributions(StringBuilder text, Family family)
    {
        foreach ((Labels labels, Distribution distribution) in family.Distributions)
        {
            IReadOnlyList<long> counts = distribution.Cumulative();
            for (int bucket = 0; bucket < counts.Count; bucket++)
            {
                string le = bucket < distribution.Bounds.Count ? Bound(distribution.Bounds[bucket]) : "+Inf";
                WriteSample(text, family, family.Name + "_bucket", labels, le, counts[bucket]);
            }

            WriteSample(text, family, family.Name + "_sum", labels, le: null, distribution.Sum);
            // From the same reading as the buckets, so that it equals the last of them even while others write.
            WriteSample(text, family, family.Name + "_count", labels, le: null, counts[^1]);
        }
    }

    private static void WriteSample(StringBuilder text, Family family, string name, Labels labels, string? le, double value)
    {
        text.Append(name);
        char before = '{';
        Append(family.LabelNames.ElementAtOrDefault(0), labels.First);
        Append(family.LabelNames.ElementAtOrDefault(1), labels.Second);
        Append("le", le);
        text.Append(before == ',' ? "} " : " ").Append(Number(value)).Append('\n');

        void Append(string? label, string? content)
        {
            if (label is not null && content is not null)
            {
                text.Append(before).Append(label).Append("=\"").Append(Escape(content, quotes: true)).Append('"');
                before = ',';
            }
        }
    }

    /// <summary>OpenMetrics compares bounds as text and writes whole ones with a point; Prometheus takes them as written.</summary>
    private string Bound(double bound) => _openMetrics && double.IsInteger(bound) ? Number(bound) + ".0" : Number(bound);

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    internal static string Escape(string text, bool quotes)
    {
        string escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }
}
