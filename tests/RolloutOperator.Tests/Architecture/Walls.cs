using System.Collections.Immutable;

namespace RolloutOperator.Tests.Architecture;

/// <summary>Compares code with the table of rooms. Everything that is wrong is a sentence.</summary>
internal sealed class Walls(ImmutableArray<Row> rows, IReadOnlyCollection<TypeName> types, IReadOnlyCollection<Use> uses, string root)
{
    internal IEnumerable<string> RowsWithoutCode() => rows
        .Where(row => !types.Any(type => RoomOf(type) == row))
        .Select(row => $"The row of {row.Room} says that it is in the namespace {row.Where}, where there is no code.");

    internal IEnumerable<string> CodeWithoutRow() => types
        .Where(type => IsOurs(type) && RoomOf(type) is null)
        .Select(type => $"The namespace {type.Namespace} of the type {type.Name} has no row in the table.");

    /// <summary>An unknown name would forbid or allow nothing, without anyone noticing.</summary>
    internal IEnumerable<string> UnknownNames() =>
        from row in rows
        from grant in row.Grants
        from sentence in rows.FirstOrDefault(each => each.Room == grant.Room) is not { } room
            ? [$"The row of {row.Room} names the room {grant.Room}, which has no row."]
            : grant.Types
                .Where(name => !types.Any(type => RoomOf(type) == room && type.Name == name))
                .Select(name => $"The row of {row.Room} names the type {grant.Room}.{name}, which does not exist.")
        select sentence;

    internal IEnumerable<string> Breaches() =>
        from use in uses
        let row = RoomOf(use.From)
        let room = RoomOf(use.To)
        where row is not null && room is not null && !row.Allows(room.Room, use.To.Name)
        group use.Target by (use.Place, row) into place
        // A use of a member says more than the use of its type that comes with it.
        from target in place.Where(target => !place.Any(longer => longer.StartsWith(target + ".", StringComparison.Ordinal)))
        orderby place.Key.Place, target
        select $"{place.Key.Place} uses {target}; the row of {place.Key.row.Room} allows {place.Key.row.MayUse}.";

    /// <summary>The row whose namespace is the closest around the type. The root's row covers the root itself, not what has no row below it.</summary>
    private Row? RoomOf(TypeName type) => rows
        .Where(row => Home(type) == row.Where || (row.Where != root && Home(type).StartsWith(row.Where + ".", StringComparison.Ordinal)))
        .MaxBy(row => row.Where.Length);

    /// <summary>A program written as statements has no namespace; it belongs to the root.</summary>
    private string Home(TypeName type) => type is { Namespace: "", Name: "Program" } ? root : type.Namespace;

    private bool IsOurs(TypeName type) => Home(type) == root || type.Namespace.StartsWith(root + ".", StringComparison.Ordinal);
}
