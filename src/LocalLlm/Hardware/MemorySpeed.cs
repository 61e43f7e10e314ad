using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace LocalLlm.Hardware;

/// <summary>Measures how fast memory is read: what bounds the generation of one token after another.</summary>
internal static unsafe class MemorySpeed
{
    // Beyond what any cache holds, but no burden.
    private const long WantedBytes = 512L << 20;
    private const int Passes = 4;

    /// <summary>The best of a few passes over one block, each core reading its part; null where there is no room for a block that tells.</summary>
    internal static long? Measure(int cores, long availableBytes)
    {
        long part = Math.Min(WantedBytes, availableBytes / 8) / cores / sizeof(float);
        if (part < 1 << 20)
        {
            return null;
        }

        float* block = (float*)NativeMemory.Alloc((nuint)(part * cores), sizeof(float));
        try
        {
            double best = double.MaxValue;
            ParallelOptions options = new() { MaxDegreeOfParallelism = cores };
            // Pages that were never written are all one page.
            Parallel.For(0, cores, options, core => new Span<float>(block + (core * part), (int)part).Fill(1));
            for (int pass = 0; pass < Passes; pass++)
            {
                long start = Stopwatch.GetTimestamp();
                Parallel.For(0, cores, options, core => TensorPrimitives.Sum(new ReadOnlySpan<float>(block + (core * part), (int)part)));
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            return (long)(part * cores * sizeof(float) / best);
        }
        finally
        {
            NativeMemory.Free(block);
        }
    }
}
