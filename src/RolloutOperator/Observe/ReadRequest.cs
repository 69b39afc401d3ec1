namespace RolloutOperator.Observe;

/// <summary>A source that has to be read, for the reference that the ticket stands for.</summary>
internal readonly record struct ReadRequest(SourceKey Source, long Ticket);
