using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using LocalLlm.Planning;
using LocalLlm.Tests.Gguf;

namespace LocalLlm.Tests.Planning;

/// <summary>Headers whose numbers make no sense get a typed error or a plan that is sound, whatever they claim.</summary>
public sealed class HostileHeaderTests
{
    private static readonly int Runs = Requirement.RunsAll ? 20_000 : 600;

    [Fact]
    public void Numbers_without_sense_are_typed_errors()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("LOCALLLM_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : 20261125;
        Random random = new(seed);
        for (int i = 0; i < Runs; i++)
        {
            TinyModelBuilder header = Altered(random);
            try
            {
                ModelFootprint model = HeaderModels.Footprint(header);
                PlanTests.AssertSound(StageOne.Plan(model, PlanTests.Machine(64, 8, 4), new PlanOptions { Sequences = random.Next(1, 257) }));
            }
            catch (Exception e) when (e is GgufFormatException or NotEnoughMemoryException)
            {
                // As promised.
            }
            catch (Exception e)
            {
                string keys = string.Join(", ", header.Metadata.Where(entry => entry.Value is uint).Select(entry => $"{entry.Key}={entry.Value}"));
                Assert.Fail($"LOCALLLM_SEED={seed}, run {i}: {keys}\n{e}");
            }
        }
    }

    [Fact]
    public void Damaged_bytes_are_typed_errors_or_sound_plans()
    {
        (byte[] Header, int[] Fields, long Weights)[] models = [.. TinyModels.All.Select(Header)];
        Gen<(int Model, int Other, Mutation[] Mutations)> cases =
            from model in Gen.Choose(0, models.Length - 1)
            from other in Gen.Choose(0, models.Length - 1)
            from count in Gen.Choose(1, 3)
            from mutations in Mutation.Cases.ArrayOf(count)
            select (model, other, mutations);
        int planned = 0;
        PropertyRun.Check(
            cases,
            test =>
            {
                (byte[] header, int[] fields, long weights) = models[test.Model];
                byte[] damaged = [.. header];
                foreach (Mutation mutation in test.Mutations)
                {
                    damaged = mutation.Apply(damaged, fields, models[test.Other].Header);
                }

                try
                {
                    using GgufFile file = GgufFile.Open(new MemorySource(damaged, damaged.Length + weights));
                    PlanTests.AssertSound(StageOne.Plan(ModelFootprint.Of(file), PlanTests.Machine(64, 8, 4), new PlanOptions()));
                    planned++;
                }
                catch (Exception e) when (e is GgufFormatException or NotEnoughMemoryException)
                {
                    // As promised.
                }
            },
            share: 4);
        Assert.True(planned > 0);
    }

    private static (byte[] Header, int[] Fields, long Weights) Header(string architecture)
    {
        byte[] bytes = TinyModels.Plan(architecture).Build();
        using GgufFile file = GgufFile.Open(new MemorySource(bytes, bytes.Length));
        int length = (int)file.Parts[0].DataOffset;
        return (bytes[..length], Mutation.Fields(bytes), bytes.Length - length);
    }

    private static TinyModelBuilder Altered(Random random)
    {
        TinyModelBuilder header = random.Next(7) switch
        {
            0 => HeaderModels.Experts(4, 512, 8, 2, 256, 8, 2, 4096, 64),
            1 => HeaderModels.Window(6, 512, 8, 2, 1024, 4096, 64),
            2 => HeaderModels.Latent(4, 512, 8, 256, 8),
            3 => HeaderModels.Recurrent(4, 512),
            4 => HeaderModels.Hybrid(6, 512, 8, 2, 1024),
            _ => HeaderModels.Dense(4, 512, 8, 2, 1024),
        };
        if (header.Metadata["general.architecture"] is "llama" && random.Next(2) == 0)
        {
            // Without rules the numbers are taken as they stand.
            foreach ((string key, object value) in header.Metadata.Where(entry => entry.Key.StartsWith("llama.", StringComparison.Ordinal)).ToArray())
            {
                header.Metadata[$"talkie.{key["llama.".Length..]}"] = value;
            }

            header.Metadata["general.architecture"] = "talkie";
        }

        string[] keys = [.. header.Metadata.Where(entry => entry.Value is uint && !entry.Key.StartsWith("tokenizer", StringComparison.Ordinal)).Select(entry => entry.Key)];
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            header.Metadata[keys[random.Next(keys.Length)]] = random.Next(4) switch
            {
                0 => 0u,
                1 => (uint)random.Next(1, 64),
                2 => 1u << random.Next(8, 32),
                _ => uint.MaxValue - (uint)random.Next(0, 2),
            };
        }

        return header;
    }
}
