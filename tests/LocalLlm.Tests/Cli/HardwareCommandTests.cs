using System.Text.Json;

namespace LocalLlm.Tests;

[Collection(nameof(Localllm))]
public sealed class HardwareCommandTests
{
    [Fact]
    public async Task Json_holds_what_the_backends_report_and_the_profile()
    {
        JsonElement json = await Localllm.JsonAsync("hardware");

        Assert.Equal(["release", "directory", "devices", "failures", "spec", "gpus", "ram", "cpu", "disk", "warnings"], Localllm.Names(json));
        JsonElement cpu = json.GetProperty("devices").EnumerateArray().Single(device => device.GetProperty("type").GetString() == "Cpu");
        Assert.Equal(["name", "description", "backend", "type", "freeBytes", "totalBytes", "id"], Localllm.Names(cpu));
        Assert.True(cpu.GetProperty("totalBytes").GetInt64() > 0);
        Assert.All(json.GetProperty("failures").EnumerateArray(), failure => Assert.Equal(["path", "reason"], Localllm.Names(failure)));
        Assert.All(json.GetProperty("gpus").EnumerateArray(), gpu => Assert.Equal(
            ["name", "description", "backend", "type", "id", "totalBytes", "freeBytes", "freeBytesSource", "isUnified", "driverVersion"], Localllm.Names(gpu)));
        Assert.Equal(["totalBytes", "availableBytes", "limitBytes", "limitedBy", "swapBytes", "bytesPerSecond"], Localllm.Names(json.GetProperty("ram")));
        Assert.Equal(
            ["name", "physicalCores", "usableCores", "logicalCores", "coreLimit", "instructionSets"], Localllm.Names(json.GetProperty("cpu")));
        Assert.Equal(JsonValueKind.Null, json.GetProperty("ram").GetProperty("bytesPerSecond").ValueKind);

        HardwareProfile machine = HardwareProfile.Parse(json.GetProperty("spec").GetString()!);
        Assert.Equal(json.GetProperty("ram").GetProperty("totalBytes").GetInt64(), machine.Ram.TotalBytes);
        Assert.Equal(json.GetProperty("gpus").GetArrayLength(), machine.Gpus.Count);
    }

    [Fact]
    public async Task Text_names_each_gpu_the_memory_the_processor_and_the_disk()
    {
        JsonElement json = await Localllm.JsonAsync("hardware");
        string text = await Localllm.OutputAsync("hardware", "--measure", "--path", AppContext.BaseDirectory);

        Assert.All(json.GetProperty("gpus").EnumerateArray(), gpu =>
        {
            Assert.Contains(gpu.GetProperty("name").GetString()!, text, StringComparison.Ordinal);
            Assert.Contains(gpu.GetProperty("description").GetString()!, text, StringComparison.Ordinal);
        });
        Assert.Contains(json.GetProperty("cpu").GetProperty("name").GetString()!, text, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^ram   .* available of .*, reads .*/s", text);
        Assert.Matches("(?m)^disk  .* free", text);
        Assert.Matches("(?m)^As text: .*ram=.*,cores=.*,bandwidth=.*$", text);
    }

    [Fact]
    public async Task Doctor_writes_markdown_that_names_no_user()
    {
        string text = await Localllm.OutputAsync("doctor");

        Assert.StartsWith("### localllm doctor\n\n- **LocalLlm**: ", text, StringComparison.Ordinal);
        Assert.All(
            ["- **OS**: ", "- **llama.cpp**: v0.4.0 in ", "- **Backends**: ", "- **Cache folder**: ", "    ram   ", "    cpu   ", "    disk  "],
            line => Assert.Contains($"\n{line}", text, StringComparison.Ordinal));
        Assert.DoesNotContain($"/{Environment.UserName}/", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_tells_why_there_are_no_backends_and_hides_the_home_folder()
    {
        using TemporaryFolder home = new();
        using ChildProcess process = ChildProcess.Dotnet(
            Localllm.Project, ["doctor"],
            ("LOCALLLM_NATIVE_DIR", home.File("native")), ("HOME", $"{home}"), ("LOCALLLM_CACHE", home.File("cache")));

        (int exitCode, string output, string error) = await process.EndAsync();

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("- **llama.cpp**: not loaded: ", output, StringComparison.Ordinal);
        Assert.Contains("LocalLlm.Backend.Cpu", output, StringComparison.Ordinal);
        Assert.Contains("- **Cache folder**: ~/cache\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain($"{home}", output, StringComparison.Ordinal);
    }
}
