using RolloutOperator.Watching;

namespace RolloutOperator.Caching;

/// <summary>A source that has to be read, for the reference that the ticket stands for.</summary>
internal readonly record struct FetchRequest(SourceKey Source, long Ticket);
