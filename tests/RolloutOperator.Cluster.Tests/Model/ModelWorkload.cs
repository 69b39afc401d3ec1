using System.Text.Json.Nodes;
using RolloutOperator.Cluster.Tests.Harness;

namespace RolloutOperator.Cluster.Tests.Model;

/// <summary>What is expected of one workload: the operator's rule, stated independently.</summary>
internal sealed class ModelWorkload(TestWorkload real, ModelUse[] uses)
{
    public TestWorkload Real { get; } = real;

    public ModelUse[] Uses { get; } = uses;

    public bool Enrolled { get; set; } = true;

    public bool Paused { get; set; }

    /// <summary>The images of the templates that somebody gave it, with the annotations that the operator had put there.</summary>
    public List<(string Image, JsonObject Annotations)> Revisions { get; } = [];

    public string Image { get; set; } = "app:0";

    /// <summary>How often anybody has changed its template.</summary>
    public int Changes { get; private set; }

    /// <summary>What the pods have read, one content for each use; null before the adoption.</summary>
    public string[]? Read { get; private set; }

    /// <summary>The step of the last change of the template; 0 if no operator saw it.</summary>
    public int TemplateAt { get; set; }

    public bool IsBlocked => Enrolled && Uses.Any(u => u.Blocks);

    public bool IsHeld => Enrolled && !IsBlocked && Paused && Read is not null && !Read.SequenceEqual(Present);

    private IEnumerable<string> Present => Uses.Select(u => u.Content);

    /// <summary>Somebody else changed the template.</summary>
    public void TemplateChanged(int step) => (Changes, TemplateAt) = (Changes + 1, step);

    /// <summary>What an operator does that has been watching since the step <paramref name="since"/>.</summary>
    public void Decide(int step, int since)
    {
        string[] present = [.. Present];
        if (!Enrolled || IsBlocked || (Read is not null && Read.SequenceEqual(present)))
        {
            return;
        }

        if (Read is null || Absorbs(present, since))
        {
            Read = present;
        }
        else if (!Paused)
        {
            Read = present;
            TemplateChanged(step);
        }
    }

    // Only if the change of the template was seen, after the last change of every differing source.
    private bool Absorbs(string[] present, int since) => TemplateAt > since && Uses
        .Where((_, index) => Read![index] != present[index])
        .All(use => TemplateAt > use.Source.ChangedAt && (use.Source.Data is not null || use.Source.ChangedAt > since));
}
