using System.Text.Json;

namespace LocalLlm.Tests;

[Collection(nameof(Localllm))]
public sealed class HardwareCommandTests
{
    [Fact]
    public async Task Json_holds_the_devices_and_the_backends_that_failed()
    {
        JsonElement json = await Localllm.JsonAsync("hardware");

        Assert.Equal(["release", "directory", "devices", "failures"], Localllm.Names(json));
        JsonElement cpu = json.GetProperty("devices").EnumerateArray().Single(device => device.GetProperty("type").GetString() == "Cpu");
        Assert.Equal(["name", "description", "backend", "type", "freeBytes", "totalBytes", "id"], Localllm.Names(cpu));
        Assert.True(cpu.GetProperty("totalBytes").GetInt64() > 0);
        Assert.All(json.GetProperty("failures").EnumerateArray(), failure => Assert.Equal(["path", "reason"], Localllm.Names(failure)));
    }

    [Fact]
    public async Task The_table_names_each_device()
    {
        JsonElement json = await Localllm.JsonAsync("hardware");
        string table = await Localllm.OutputAsync("hardware");
        Assert.All(json.GetProperty("devices").EnumerateArray(), device =>
        {
            Assert.Contains(device.GetProperty("name").GetString()!, table, StringComparison.Ordinal);
            Assert.Contains(device.GetProperty("description").GetString()!, table, StringComparison.Ordinal);
        });
    }
}
