using System.Text.Json;
using LocalLlm.Planning;

namespace LocalLlm.Tests.Planning;

public sealed class PlanReportTests
{
    private static readonly OffloadPlan Plan = StageOne.Plan(
        HeaderModels.Footprint(HeaderModels.Experts()),
        PlanTests.Machine(8, 6, 5, 0.1) with { DiskBytesPerSecond = 3_000_000_000 },
        new PlanOptions { ContextLength = 8192, Placement = PlacementStrategy.Balanced });

    [Fact]
    public void The_table_tells_all_and_fits_100_columns()
    {
        string text = Plan.ToString();
        TestContext.Current.TestOutputHelper?.WriteLine(text);
        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, 100));
        Assert.DoesNotContain("\r", text, StringComparison.Ordinal);
        foreach (string word in (string[])["gpu0", "gpu1", "gpu2", "cpu", "budget", "8192", "Balanced", "One GPU would need"])
        {
            Assert.Contains(word, text, StringComparison.Ordinal);
        }

        OffloadPlan wordy = Plan with { Model = new string('m', 300), Warnings = [new string('w', 250), string.Join(' ', Enumerable.Repeat("warning", 40))] };
        Assert.All(wordy.ToString().Split('\n'), line => Assert.InRange(line.Length, 0, 100));
    }

    [Fact]
    public void The_json_has_the_fields_that_programs_rely_on()
    {
        using JsonDocument document = JsonDocument.Parse(Plan.ToJson());
        JsonElement root = document.RootElement;
        Assert.Equal(1, root.GetProperty("version").GetInt32());
        Assert.Equal(8192, root.GetProperty("contextLength").GetInt32());
        Assert.Equal(Plan.GpuLayers, root.GetProperty("gpuLayers").GetInt32());
        Assert.Equal(3, root.GetProperty("tensorSplit").GetArrayLength());
        Assert.Equal(JsonValueKind.False, root.GetProperty("verified").ValueKind);
        Assert.True(root.GetProperty("elapsedMs").GetDouble() > 0);
        Assert.Equal("Balanced", root.GetProperty("strategy").GetString());
        JsonElement device = root.GetProperty("devices")[0];
        Assert.Equal("gpu0", device.GetProperty("name").GetString());
        Assert.Equal(
            device.GetProperty("usedBytes").GetInt64(),
            device.GetProperty("weightBytes").GetInt64() + device.GetProperty("kvCacheBytes").GetInt64() + device.GetProperty("computeBytes").GetInt64());
        Assert.True(device.GetProperty("usedBytes").GetInt64() <= device.GetProperty("budgetBytes").GetInt64());
        Assert.True(device.GetProperty("reserveBytes").GetInt64() > 0);
        foreach (string field in (string[])["weightBytes", "kvCacheBytes", "computeBytes", "diskBytes", "budgetBytes"])
        {
            Assert.True(root.GetProperty("host").GetProperty(field).GetInt64() >= 0);
        }

        JsonElement[] layers = [.. root.GetProperty("layers").EnumerateArray()];
        Assert.Equal(50, layers.Length);
        Assert.Equal(("token_embd", "blk.0", "output"), (layers[0].GetProperty("name").GetString(), layers[1].GetProperty("name").GetString(), layers[^1].GetProperty("name").GetString()));
        Assert.All(layers, layer => Assert.True(layer.GetProperty("weightBytes").GetInt64() > 0 && layer.GetProperty("kvCacheBytes").GetInt64() >= 0 && layer.GetProperty("device").GetString() is not null));
        Assert.Equal(JsonValueKind.Array, root.GetProperty("warnings").ValueKind);
    }
}
