using RolloutOperator.Tests.Architecture.Sample.Right;

namespace RolloutOperator.Tests.Architecture.Sample.Left;

/// <summary>Every way to use a type; each member but the last ones uses the closed one.</summary>
internal static class Uses
{
    internal static readonly Func<Decider?> Field = static () => null;

    internal static int InABody() => Decider.Decide(1);

    internal static Func<int, int> InALambda() => value => Decider.Decide(value);

    internal static Func<int, int> AsADelegate() => Decider.Decide;

    internal static IEnumerable<int> InAnIterator()
    {
        yield return Decider.Decide(1);
    }

    internal static async Task<int> InAnAsyncMethod()
    {
        await Task.Yield();
        return Decider.Decide(1);
    }

    internal static int InALocalFunction()
    {
        return Local();

        static int Local() => Decider.Decide(1);
    }

    internal static int InAProperty => Decider.Decide(1);

    internal static Decider? AsAResult() => null;

    internal static bool AsAParameter(Decider decider) => decider is null;

    internal static int AsATypeArgument() => new List<Decider>().Count;

    internal static int AsAMethodsTypeArgument() => Array.Empty<Decider>().Length;

    internal static string AsAToken() => typeof(Decider).Name;

    internal static bool AsAPattern(object value) => value is Decider { Decided: > 0 };

    internal static bool AsACaughtException(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Decider)
        {
            return false;
        }
    }

    internal static object AsANestedType() => new Decider.Nested();

    internal static bool AsAConstraint<T>(T value)
        where T : Decider => value is null;

    internal static int[][] InAnArray(Decider[][] deciders) => [new int[deciders.Length]];

    internal static int ToTheOpenType(Value value) => value.Number + new Value(2).Number;

    internal static int ToItself() => InABody();
}

internal sealed class AsABase : Decider;

internal interface IAsAnArgumentOfABase : IEquatable<Decider>;
