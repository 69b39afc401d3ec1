namespace RolloutOperator.Serve.Exposition;

/// <summary>The number behind one series. Written by many threads without a lock.</summary>
internal sealed class Cell
{
    private double _value;

    internal double Value => Volatile.Read(ref _value);

    internal void Set(double value) => Volatile.Write(ref _value, value);

    internal void Add(double value)
    {
        double seen = Value;
        while (true)
        {
            double before = Interlocked.CompareExchange(ref _value, seen + value, seen);
            // Compared as bits: a NaN that equals nothing would go round for ever.
            if (BitConverter.DoubleToInt64Bits(before) == BitConverter.DoubleToInt64Bits(seen))
            {
                return;
            }

            seen = before;
        }
    }
}
