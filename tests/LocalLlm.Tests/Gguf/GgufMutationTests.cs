using System.Buffers.Binary;
using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;

namespace LocalLlm.Tests.Gguf;

/// <summary>Damaged headers give a typed exception or a file that keeps what it promises, in little time and memory.</summary>
public sealed class GgufMutationTests
{
    private const long MaxAllocated = 64L * 1024 * 1024;
    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(1);

    private static readonly Gen<(int File, int Other, Mutation[] Mutations)> Cases =
        from file in Gen.Choose(0, 99)
        from other in Gen.Choose(0, 99)
        from count in Gen.Frequency((6, Gen.Constant(1)), (3, Gen.Constant(2)), (1, Gen.Choose(3, 8)))
        from mutations in Mutation.Cases.ArrayOf(count)
        select (file, other, mutations);

    [Fact]
    public void Damaged_headers_give_a_typed_exception_or_a_valid_file()
    {
        (byte[] Bytes, int[] Fields, long ExtraLength)[] files = [.. Files()];
        int valid = 0;
        int refused = 0;
        int thrown = 0;
        PropertyRun.Check(Cases, test =>
        {
            // The small files most often; the last one is larger: a real model's header where there is one.
            (byte[] bytes, int[] fields, long extra) = files[test.File < 90 ? test.File % (files.Length - 1) : files.Length - 1];
            byte[] damaged = [.. bytes];
            foreach (Mutation mutation in test.Mutations)
            {
                damaged = mutation.Apply(damaged, fields, files[test.Other % (files.Length - 1)].Bytes);
            }

            switch (Exercise(damaged, damaged.Length + extra))
            {
                case Outcome.Valid:
                    valid++;
                    break;
                case Outcome.Refused:
                    refused++;
                    break;
                default:
                    thrown++;
                    break;
            }
        });
        TestContext.Current.TestOutputHelper?.WriteLine($"{valid} valid, {refused} refused, {thrown} exceptions");
        Assert.True(valid > 0 && refused > 0 && thrown > 0);
    }

    // Found by the test above: a quarter of a million keys, all of them equal, in three megabytes.
    [Fact]
    public void A_header_of_nothing_but_equal_keys_takes_no_more_memory_than_others()
    {
        byte[] bytes = new byte[56];
        "GGUF"u8.CopyTo(bytes);
        bytes[4] = 3;
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), 0x4001A);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), 20);
        "general.architecture"u8.CopyTo(bytes.AsSpan(32));
        bytes[52] = 8;

        Assert.Equal(Outcome.Refused, Exercise(bytes, length: 12 << 20));
    }

    [Fact]
    public void Damaged_parts_of_a_set_give_a_typed_exception_or_a_valid_set()
    {
        using TestFolder folder = new();
        string path = folder.Write("model.gguf", SampleModel.Build());
        IReadOnlyList<string> parts = GgufSplitter.Split(path, path, new GgufSplitOptions { MaxTensors = 3 });
        byte[][] good = [.. parts.Select(File.ReadAllBytes)];
        int[][] fields = [.. good.Select(Mutation.Fields)];
        PropertyRun.Check(
            Cases,
            test =>
            {
                int part = test.File % 2;
                byte[] damaged = [.. good[part]];
                foreach (Mutation mutation in test.Mutations)
                {
                    damaged = mutation.Apply(damaged, fields[part], good[1 - part]);
                }

                File.WriteAllBytes(parts[part], damaged);
                try
                {
                    using GgufFile file = GgufFile.Open(parts[test.Other % 2]);
                    Use(file);
                }
                catch (LocalLlmException e) when (e is GgufFormatException or ModelNotFoundException)
                {
                }

                File.WriteAllBytes(parts[part], good[part]);
            },
            share: 10);
    }

    private enum Outcome
    {
        Valid,
        Refused,
        Thrown,
    }

    private static Outcome Exercise(byte[] bytes, long length)
    {
        Outcome outcome = Outcome.Thrown;
        TimeSpan best = TimeSpan.MaxValue;

        // The machine may be busy: only what takes too long again and again is slow.
        for (int attempt = 0; attempt < 3 && best > MaxTime; attempt++)
        {
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            outcome = Run(bytes, length);
            TimeSpan time = Stopwatch.GetElapsedTime(start);
            best = time < best ? time : best;
            // An array may be as long as the file says it is and is: its bytes are read, and handed out as numbers.
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, MaxAllocated + (2 * length));
        }

        Assert.InRange(best, TimeSpan.Zero, MaxTime);
        return outcome;
    }

    private static Outcome Run(byte[] bytes, long length)
    {
        GgufFile file;
        try
        {
            file = GgufFile.Open(new MemorySource(bytes, length));
        }
        catch (GgufFormatException e)
        {
            Assert.False(string.IsNullOrEmpty(e.Message));
            Assert.NotNull(e.Field);
            Assert.InRange(e.Offset ?? 0, 0, length);
            return Outcome.Thrown;
        }

        using (file)
        {
            Assert.InRange(file.PartHeaders[0].Buffer.Capacity, 0, MaxAllocated);
            return Use(file) ? Outcome.Valid : Outcome.Refused;
        }
    }

    /// <summary>Calls everything; true when the file is not refused as a file, whatever model it holds.</summary>
    private static bool Use(GgufFile file)
    {
        bool refused = file.FormatFindings().Any(finding => finding.Severity == GgufSeverity.Refuse);
        Assert.All(file.Validate(), finding => Assert.False(string.IsNullOrEmpty(finding.ToString())));
        foreach (string key in file.Metadata.Keys)
        {
            // A key that is not UTF-8 can't be asked for by its text.
            if (file.Metadata.ContainsKey(key))
            {
                Assert.NotNull(file.Metadata.GetValue(key));
            }
        }

        GgufSummary summary = file.Summarize();
        Assert.Equal(summary.TensorCount, file.Tensors.Count);
        byte[] last = new byte[1];
        foreach (GgufTensorInfo tensor in file.Tensors)
        {
            Assert.False(string.IsNullOrEmpty(tensor.ToString()));
            if (refused)
            {
                ReadRefused(file, tensor, last);
                continue;
            }

            // What is not refused can be read to its last byte.
            file.CopyTensor(tensor.Name, tensor.ByteLength - 1, last);
            Assert.Equal(0, tensor.FileOffset % 32);
        }

        return !refused;
    }

    private static void ReadRefused(GgufFile file, GgufTensorInfo tensor, byte[] last)
    {
        try
        {
            file.CopyTensor(tensor.Name, Math.Max(0, tensor.ByteLength - 1), last);
        }
        catch (Exception e) when (e is GgufFormatException or ArgumentException)
        {
        }
    }

    private static IEnumerable<(byte[] Bytes, int[] Fields, long ExtraLength)> Files()
    {
        foreach (byte[] bytes in (byte[][])[
            SampleModel.Build(),
            SampleModel.Build(alignment: 64, nested: true),
            SampleModel.Build(version: 2),
            new ModelCase(3, null, [("a", "b")], [new TensorCase("t", GgmlType.Q6_K, [512, 3], 1)]).Build()])
        {
            yield return (bytes, Mutation.Fields(bytes), 0);
        }

        if (TestModels.GuideOrNull is string guide)
        {
            using GgufFile file = GgufFile.Open(guide);
            byte[] bytes = File.ReadAllBytes(guide);
            yield return (bytes[..(int)file.Parts[0].DataOffset], Mutation.Fields(bytes), bytes.Length - file.Parts[0].DataOffset);
        }
        else
        {
            byte[] bytes = SampleModel.Build(alignment: 4096);
            yield return (bytes, Mutation.Fields(bytes), 0);
        }
    }
}
